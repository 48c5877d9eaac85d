/** The look that the views share. Every color is one of Home Assistant's theme. */

import { css } from "lit";

export const styles = css`
  :host {
    display: block;
    color: var(--primary-text-color);
    font-family: var(--ha-font-family-body, Roboto, sans-serif);
    font-size: 14px;
    line-height: 1.45;
  }
  * {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  h2 {
    font-size: 20px;
    font-weight: 500;
    line-height: 1.25;
  }
  h3 {
    font-size: 16px;
    font-weight: 500;
  }
  h2,
  h3,
  a,
  td,
  th,
  li,
  p {
    overflow-wrap: anywhere;
  }
  a {
    color: inherit;
  }
  .card {
    background: var(--ha-card-background, var(--card-background-color, #fff));
    border: 1px solid var(--ha-card-border-color, var(--divider-color, #e0e0e0));
    border-radius: var(--ha-card-border-radius, 12px);
    box-shadow: var(--ha-card-box-shadow, none);
    padding: 16px;
  }
  .secondary {
    color: var(--secondary-text-color);
  }
  .number {
    font-variant-numeric: tabular-nums;
    text-align: end;
    white-space: nowrap;
  }
  button,
  select,
  input {
    font: inherit;
    color: inherit;
  }
  button,
  .button,
  select,
  input[type="search"],
  input[type="number"] {
    min-height: 44px;
    padding: 8px 14px;
    border: 1px solid var(--input-outlined-idle-border-color, rgba(127, 127, 127, 0.6));
    border-radius: 10px;
    background: var(--card-background-color, #fff);
    text-decoration: none;
  }
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    font-weight: 500;
    cursor: pointer;
  }
  button:disabled {
    opacity: 0.55;
    cursor: default;
  }
  @media (hover: hover) {
    button:not(:disabled):hover,
    .button:hover {
      background: var(--secondary-background-color, #eee);
    }
  }
  select {
    max-width: 100%;
    text-overflow: ellipsis;
  }
  :is(a, button, select, input, summary, [tabindex]):focus-visible {
    outline: 2px solid var(--primary-color, #009ac7);
    outline-offset: 2px;
  }
  svg.icon {
    width: 20px;
    height: 20px;
    flex: none;
    fill: currentColor;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      animation: none !important;
      transition: none !important;
    }
  }
`;
