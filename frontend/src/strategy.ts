/** The dashboard strategy: a dashboard that Home Assistant makes anew whenever the organization changes. */

import { type Connection, define, type HomeAssistant } from "./home-assistant.js";
import { DashboardEditor } from "./strategy/editor.js";
import { dashboardViews, type DashboardConfig, emptyView, type View, viewOf } from "./strategy/views.js";
import { loadTexts, type Texts } from "./texts.js";
import { indexOf, type Topology, topologyStore, type TopologyStore } from "./topology.js";

interface OfferedStrategy {
  readonly type: string;
  readonly strategyType: string;
  readonly name: string;
  description: string;
  readonly documentationURL: string;
}

declare global {
  interface Window {
    customStrategies?: OfferedStrategy[];
    /** Home Assistant's connection, once it is authenticated. */
    hassConnection?: Promise<{ conn: Connection }>;
  }
}

type ViewConfig = Readonly<Record<string, unknown>>;

const DOCUMENTATION = "https://github.com/butlr-home-assistant/butlr/blob/main/docs/dashboard.md";

/** What a configuration was made from. */
interface Made {
  readonly content: string;
  /** What the subscription had told by then: it may be later than the answer to a question. */
  readonly told: Topology | undefined;
}

const generated = new WeakMap<TopologyStore, Map<string, Made>>();
const contents = new WeakMap<Topology, string>();
const asked = new WeakMap<TopologyStore, Promise<Topology>>();

/** Return what a topology says, as text. After a reconnect it is another object with the same content. */
const contentOf = (topology: Topology | undefined): string => {
  if (!topology) return "";
  let content = contents.get(topology);
  if (content === undefined) contents.set(topology, (content = JSON.stringify(topology.organizations)));
  return content;
};

/** Return the store. It is listened to as long as the page lives: there is no sign when the dashboard is closed. */
const followed = (hass: HomeAssistant): { store: TopologyStore; made: Map<string, Made> } => {
  const store = topologyStore(hass.connection);
  let made = generated.get(store);
  if (!made) {
    generated.set(store, (made = new Map<string, Made>()));
    store.listen(() => undefined);
  }
  return { store, made };
};

/** Ask for the topology as it is now. All views that are made at the same time share the answer. */
const ask = (hass: HomeAssistant, store: TopologyStore): Promise<Topology> => {
  let asking = asked.get(store);
  if (!asking) {
    asking = hass.callWS<Topology>({ type: "butlr/topology" }).finally(() => asked.delete(store));
    asked.set(store, asking);
  }
  return asking;
};

/** Make a configuration, and remember what it was made from. */
const generate = async <T>(
  config: ViewConfig | DashboardConfig,
  hass: HomeAssistant,
  make: (topology: Topology, texts: Texts) => T,
  instead: (texts: Texts) => T,
): Promise<T> => {
  const { store, made } = followed(hass);
  const told = store.topology;
  const [topology, texts] = await Promise.all([ask(hass, store).catch(() => undefined), loadTexts(hass)]);
  made.set(JSON.stringify(config), { content: contentOf(topology), told });
  return topology ? make(topology, texts) : instead(texts);
};

/** Return what identifies Butlr's part of the registries. */
const registered = ({ devices, entities }: HomeAssistant): string => {
  const own = Object.values(devices).filter((device) => device?.identifiers.some(([domain]) => domain === "butlr"));
  const ids = Object.values(entities).filter((entity) => entity?.platform === "butlr");
  return JSON.stringify([own, ids.map((entity) => entity?.entity_id)]);
};

/**
 * Whether the organization is another than the one that a configuration was made from.
 *
 * Home Assistant asks when anything changes. The registries are the first to change, and nothing else may for a while.
 */
const outdated = (config: ViewConfig | DashboardConfig, before: HomeAssistant, now: HomeAssistant): boolean => {
  const { store, made } = followed(now);
  const from = made.get(JSON.stringify(config));
  if (!from) return false;
  if (store.topology && store.topology !== from.told && contentOf(store.topology) !== from.content) return true;
  const same = before.devices === now.devices && before.entities === now.entities;
  return !same && registered(before) !== registered(now);
};

class DashboardStrategy extends HTMLElement {
  static async generate(config: DashboardConfig, hass: HomeAssistant): Promise<{ title: string; views: View[] }> {
    const views = await generate(
      config,
      hass,
      (topology, texts) => dashboardViews(topology, texts, config),
      (texts) => [emptyView("Butlr", texts.text("dashboard.unreachable"))],
    );
    return { title: "Butlr", views };
  }

  static shouldRegenerate(config: DashboardConfig, before: HomeAssistant, now: HomeAssistant): boolean {
    return outdated(config, before, now);
  }

  static getConfigElement(): HTMLElement {
    return document.createElement("butlr-dashboard-editor");
  }

  static getCreateSuggestions(): { title: string; icon: string } {
    return { title: "Butlr", icon: "mdi:floor-plan" };
  }
}

class ViewStrategy extends HTMLElement {
  static async generate(config: ViewConfig, hass: HomeAssistant): Promise<View> {
    return generate(
      config,
      hass,
      (topology, texts) => viewOf(config, topology, indexOf(topology), texts) ?? emptyView("Butlr", texts.text("dashboard.gone")),
      (texts) => emptyView("Butlr", texts.text("dashboard.unreachable")),
    );
  }

  static shouldRegenerate(config: ViewConfig, before: HomeAssistant, now: HomeAssistant): boolean {
    return outdated(config, before, now);
  }
}

/** Describe the dashboard in the language of the page, once the texts are there. English must do until then. */
const translate = async (offer: OfferedStrategy): Promise<void> => {
  const connection = (await window.hassConnection)?.conn;
  if (!connection) return;
  const texts = await loadTexts({ connection, language: document.documentElement.lang || "en" });
  offer.description = texts.text("dashboard.description");
};

/** Offer the dashboard in "Add dashboard", and define what makes its views. */
export const registerStrategy = (): void => {
  define("ll-strategy-dashboard-butlr", DashboardStrategy);
  define("butlr-dashboard-editor", DashboardEditor);
  for (const name of ["building", "floor", "maintenance"]) {
    // An element has one name only.
    define(`ll-strategy-view-butlr-${name}`, class extends ViewStrategy {});
  }
  const offered = (window.customStrategies ??= []);
  if (offered.some(({ type }) => type === "butlr")) return;
  const offer: OfferedStrategy = {
    type: "butlr",
    strategyType: "dashboard",
    name: "Butlr",
    description: "Live floor maps, free rooms and history of every building. Follows your Butlr organization by itself.",
    documentationURL: DOCUMENTATION,
  };
  offered.push(offer);
  translate(offer).catch(() => undefined);
};
