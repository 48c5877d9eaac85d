/** The panel in the sidebar: its header and tabs, and what it says when there is nothing to show. */

import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";

import type { HomeAssistant } from "../home-assistant";
import type { Texts } from "../texts";
import type { Topology } from "../topology";
import { icon } from "./icons";
import { address, parse, VIEWS, type Place } from "./router";
import { styles } from "./styles";
import { define, type View } from "./view";

interface Route {
  readonly prefix: string;
  readonly path: string;
}

export class ButlrPanel extends LitElement {
  @property({ attribute: false }) hass!: HomeAssistant;
  @property({ type: Boolean, reflect: true }) narrow = false;
  @property({ attribute: false }) route?: Route;
  @property({ attribute: false }) panel?: unknown;

  @state() private topology: Topology | undefined;
  @state() private asOf: Readonly<Record<string, number>> = {};
  @state() private texts: Texts | undefined;
  @state() private error: string | undefined;

  #view: View | undefined;
}
