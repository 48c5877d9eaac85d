/** How the overview looks. */

import { css } from "lit";

export const overviewStyles = css`
  .organization {
    display: grid;
    grid-template-columns: minmax(0, 2fr) minmax(280px, 1fr);
    gap: 16px;
    align-items: start;
  }
  .organization + .organization {
    margin-top: 32px;
  }
  .name,
  .total {
    grid-column: 1 / -1;
  }
  .total {
    display: flex;
    flex-wrap: wrap;
    gap: 0 20px;
    margin-block: -4px;
  }
  .total:not(:has(span, bdi)) {
    display: none;
  }
  .total b {
    font-weight: 500;
    color: var(--primary-text-color);
  }
  .buildings,
  .aside {
    display: grid;
    gap: 16px;
    min-width: 0;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 4px 16px;
  }
  .busiest,
  h3 + p {
    margin-top: 4px;
  }
  .figures {
    display: flex;
    flex-wrap: wrap;
    gap: 12px 20px;
    margin: 12px 0 16px;
  }
  .figures > div {
    flex: 1 1 auto;
  }
  .figures dd {
    font-size: 28px;
    line-height: 1.25;
    font-variant-numeric: tabular-nums;
  }
  .figures dd .secondary {
    font-size: 18px;
  }
  table {
    width: 100%;
    border-collapse: collapse;
  }
  th {
    text-align: start;
    font-weight: 400;
  }
  thead th {
    color: var(--secondary-text-color);
    font-size: 12px;
    padding-bottom: 6px;
  }
  tbody th,
  td {
    border-top: 1px solid var(--divider-color);
    padding-block: 6px;
  }
  th:not(:first-child),
  td {
    padding-inline-start: 12px;
  }
  th.number {
    text-align: end;
  }
  tbody th a {
    margin-inline-end: 16px;
    font-weight: 500;
    line-height: 2;
  }
  tbody .status {
    vertical-align: middle;
  }
  tbody th,
  td {
    vertical-align: middle;
  }
  td .bar {
    display: inline-block;
    width: 64px;
    margin: 0 8px 2px 0;
    direction: inherit;
  }
  .used > span:last-child {
    display: inline-block;
    min-width: 44px;
  }
  a {
    text-decoration-color: var(--secondary-text-color);
    text-underline-offset: 3px;
  }
  .busiest li {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 2px 12px;
    padding-block: 8px;
  }
  .busiest li + li {
    border-top: 1px solid var(--divider-color);
  }
  .busiest .secondary {
    display: block;
  }
  .busiest .bar {
    grid-column: 1 / -1;
  }
  .attention {
    display: grid;
    gap: 12px;
  }
  .attention li,
  .calm {
    display: flex;
    gap: 10px;
  }
  .attention svg {
    fill: var(--warning-color);
  }
  .calm svg {
    fill: var(--success-color);
  }
  summary {
    cursor: pointer;
  }
  summary h3 {
    display: inline;
  }
  .attention {
    margin-top: 12px;
  }
  .count {
    display: inline-block;
    min-width: 24px;
    margin-inline-start: 4px;
    border-radius: 12px;
    background: var(--secondary-background-color);
    text-align: center;
  }
  .previews {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr));
    gap: 16px;
    margin-top: 16px;
  }
  /* The whole map is a link, once for the keyboard. */
  .previews > div {
    position: relative;
  }
  .previews a::after {
    content: "";
    position: absolute;
    inset: 0;
    border-radius: 8px;
  }
  .previews a:hover::after,
  .previews a:focus-visible::after {
    outline: 2px solid var(--primary-color);
    outline-offset: 4px;
  }
  .previews h3 {
    margin-bottom: 8px;
    font-size: 14px;
  }
  .previews h3 a {
    text-decoration: none;
  }
  butlr-map::part(foot) {
    display: none;
  }
  @container (min-width: 1500px) {
    .organization {
      grid-template-columns: minmax(0, 3fr) minmax(280px, 1fr);
    }
  }
  .names {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 12px;
  }
  @container (max-width: 840px) {
    .organization {
      grid-template-columns: minmax(0, 1fr);
      gap: 12px;
    }
    .aside {
      display: contents;
    }
    .aside > :first-child {
      order: -1;
    }
    .name,
    .total {
      order: -2;
      padding-inline: 8px;
    }
    td .bar {
      display: none;
    }
    .figures dd {
      font-size: 24px;
    }
  }
`;
