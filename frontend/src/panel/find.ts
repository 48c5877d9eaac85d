import { html, type TemplateResult } from "lit";

import { define } from "../home-assistant.js";
import { styles } from "./styles.js";
import { View } from "./view.js";

export class FindView extends View {
  protected override shown(): readonly string[] {
    return [];
  }

  protected override render(): TemplateResult {
    return html``;
  }

  static override styles = [styles];
}

define("butlr-view-find", FindView);
