/** The editor of the dashboard's options: a form that Home Assistant draws. */

import type { HomeAssistant } from "../home-assistant.js";
import { loadTexts } from "../texts.js";
import { topologyStore } from "../topology.js";
import type { DashboardConfig } from "./views.js";

interface FormElement extends HTMLElement {
  hass: HomeAssistant;
  data: Readonly<Record<string, unknown>>;
  schema: readonly Readonly<Record<string, unknown>>[];
  computeLabel: (field: { name: string }) => string;
  computeHelper: (field: { name: string }) => string | undefined;
}

export class DashboardEditor extends HTMLElement {
  #hass: HomeAssistant | undefined;
  #config: DashboardConfig | undefined;
  #form: FormElement | undefined;

  set hass(hass: HomeAssistant) {
    const first = !this.#hass;
    this.#hass = hass;
    if (this.#form) this.#form.hass = hass;
    if (first) void this.#start(hass);
  }

  setConfig(config: DashboardConfig): void {
    this.#config = config;
    if (this.#form) this.#form.data = this.#data();
  }

  /** Without a choice all buildings are shown, also those that come later. */
  #data(): Readonly<Record<string, unknown>> {
    return { buildings: this.#config?.buildings ?? [], maintenance: this.#config?.maintenance ?? true };
  }

  async #start(hass: HomeAssistant): Promise<void> {
    const texts = await loadTexts(hass);
    const organizations = topologyStore(hass.connection).topology?.organizations ?? [];
    const buildings = organizations.flatMap((organization) => organization.buildings);
    const options = buildings.map(({ id, name }) => ({ value: id, label: name }));
    const form = document.createElement("ha-form") as FormElement;
    form.hass = this.#hass ?? hass;
    form.data = this.#data();
    form.schema = [
      { name: "buildings", selector: { select: { multiple: true, mode: "list", options } } },
      { name: "maintenance", selector: { boolean: {} } },
    ];
    form.computeLabel = ({ name }) => texts.text(`dashboard.field.${name}`);
    form.computeHelper = ({ name }) => (name === "buildings" ? texts.text("dashboard.field.buildings_helper") : undefined);
    form.addEventListener("value-changed", (event) => {
      event.stopPropagation();
      this.#changed((event as CustomEvent<{ value: Partial<DashboardConfig> }>).detail.value);
    });
    this.#form = form;
    this.replaceChildren(form);
  }

  #changed({ buildings, maintenance }: Partial<DashboardConfig>): void {
    const config: DashboardConfig = {
      type: this.#config?.type ?? "custom:butlr",
      ...(buildings && buildings.length > 0 && { buildings }),
      ...(maintenance === false && { maintenance }),
    };
    this.dispatchEvent(new CustomEvent("config-changed", { detail: { config }, bubbles: true, composed: true }));
  }
}
