/** Maintenance: hives and sensors, what needs attention first, and whether Butlr pushes changes. */

import { css, html, nothing, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";

import { define, moreInfo } from "../home-assistant.js";
import { numberOf } from "../spaces.js";
import { indexOf, type Hardware, type Organization, type Topology } from "../topology.js";
import { stateOf } from "./attention.js";
import { icon, type IconName } from "./icons.js";
import { address } from "./router.js";
import { styles } from "./styles.js";
import { View } from "./view.js";

/** How many devices are shown at first: a thousand would be slow, and the worst come first. */
const FIRST = 100;

type Connection = "connected" | "offline" | "unknown" | "unavailable";
type Battery = "good" | "due" | "unknown" | null;

interface Device {
  readonly hardware: Hardware;
  readonly connection: Connection;
  readonly battery: Battery;
  /** What needs attention most has the lowest. */
  readonly rank: number;
}

const GOOD = 4;

const ICONS: Readonly<Record<Connection | "good" | "due", IconName>> = {
  connected: "good",
  offline: "alert",
  unknown: "info",
  unavailable: "info",
  good: "good",
  due: "alert",
};

export class MaintenanceView extends View {
  @state() private onlyProblems = false;
  @state() private floor = "";
  @state() private all = false;

  #shown: { readonly topology: Topology; readonly ids: readonly string[] } | undefined;

  protected override shown(): readonly string[] {
    if (this.#shown?.topology !== this.topology) {
      const ids = this.topology.organizations.flatMap(({ entities, hardware }) => [
        ...Object.values(entities),
        ...hardware.flatMap((device) => Object.values(device.entities)),
      ]);
      this.#shown = { topology: this.topology, ids };
    }
    return this.#shown.ids;
  }

  protected override render(): TemplateResult {
    const organizations = this.topology.organizations.filter(({ state }) => state === "loaded");
    return html`${organizations.map(
      (organization) => html`
        ${organizations.length > 1 ? html`<h2>${organization.name}</h2>` : nothing} ${this.#pushes(organization)}
        ${organization.hardware.length > 0 ? this.#hardware(organization) : this.#noHardware(organization)}
      `,
    )}`;
  }

  // -- pushes ---------------------------------------------------------------------------------------------------------

  #pushes({ entities }: Organization): TemplateResult {
    const { texts, hass } = this;
    const value = stateOf(hass.states, entities, "update_mode")?.state;
    const mode = value === "push" || value === "polling" ? value : "unknown";
    const last = new Date(stateOf(hass.states, entities, "last_push")?.state ?? "");
    return html`
      <section class="card pushes ${mode}">
        <h2>${icon(mode === "push" ? "good" : "info")}${texts.text(`maintenance.push.${mode}.title`)}</h2>
        <p>${texts.text(`maintenance.push.${mode}.text`)}</p>
        ${Number.isNaN(last.getTime())
          ? nothing
          : html`<p class="secondary">${texts.text("maintenance.push.last", { time: texts.moment(last) })}</p>`}
        ${mode === "polling" && hass.user?.is_admin
          ? html`<p><a href="/config/repairs">${texts.text("maintenance.push.repairs")}</a></p>`
          : nothing}
      </section>
    `;
  }

  // -- hives and sensors ----------------------------------------------------------------------------------------------

  #noHardware({ entities }: Organization): TemplateResult {
    const { texts, hass } = this;
    const offline = numberOf(hass.states, entities, "sensors_offline");
    return html`
      <section class="card none">
        <h2>${texts.text("maintenance.none.title")}</h2>
        ${offline === null ? nothing : html`<p>${texts.text("maintenance.none.offline", { count: offline })}</p>`}
        ${hass.user?.is_admin
          ? html`<p>${texts.text("maintenance.none.admin")}</p>
              <p><a class="button" href="/config/integrations/integration/butlr">${texts.text("panel.open_integration")}</a></p>`
          : html`<p>${texts.text("maintenance.none.text")}</p>`}
      </section>
    `;
  }

  #hardware(organization: Organization): TemplateResult {
    const { texts } = this;
    const devices = this.#devices(organization);
    const problems = devices.filter(({ rank }) => rank < GOOD).length;
    const wanted = devices.filter(
      ({ rank, hardware }) => (!this.onlyProblems || rank < GOOD) && (!this.floor || hardware.floor_id === this.floor),
    );
    const shown = this.all ? wanted : wanted.slice(0, FIRST);
    const battery = shown.some((device) => device.battery !== null);
    const heartbeat = shown.some(({ hardware }) => hardware.entities.last_heartbeat !== undefined);
    const column = (key: string): TemplateResult => html`<th scope="col">${texts.text(`maintenance.column.${key}`)}</th>`;
    return html`
      <section class="card hardware">
        <header>
          <h2>${texts.text("maintenance.hardware")}</h2>
          <span class="secondary" role="status">
            <bdi>${texts.count("maintenance.devices", devices.length)}</bdi> ·
            ${problems === 0 ? texts.text("maintenance.no_problems") : texts.count("maintenance.problems", problems)}
          </span>
        </header>
        <div class="tools">
          ${this.#floorFilter(organization)}
          <label class="check">
            <input type="checkbox" .checked=${this.onlyProblems} @change=${this.#filterProblems} />
            ${texts.text("maintenance.only_problems")}
          </label>
        </div>
        ${shown.length === 0
          ? html`<p class="secondary">${texts.text("maintenance.no_match")}</p>`
          : html`<table>
              <thead>
                <tr>
                  ${column("name")} ${column("place")} ${column("connection")} ${battery ? column("battery") : nothing}
                  ${heartbeat ? column("heartbeat") : nothing}
                </tr>
              </thead>
              <tbody>
                ${shown.map((device) => this.#device(device, battery, heartbeat))}
              </tbody>
            </table>`}
        ${shown.length < wanted.length
          ? html`<p class="more">
              <button type="button" @click=${this.#showAll}>${texts.text("maintenance.show_all", { count: wanted.length })}</button>
            </p>`
          : nothing}
      </section>
    `;
  }

  /** Return the devices, what needs attention most first. */
  #devices({ hardware }: Organization): Device[] {
    const { states } = this.hass;
    const collator = new Intl.Collator(this.texts.language, { numeric: true });
    return hardware
      .map((device) => {
        const connection = CONNECTIONS[stateOf(states, device.entities, "connectivity")?.state ?? "unknown"] ?? "unknown";
        const battery =
          device.entities.battery === undefined
            ? null
            : (BATTERIES[stateOf(states, device.entities, "battery")?.state ?? "unknown"] ?? "unknown");
        return { hardware: device, connection, battery, rank: rankOf(device, connection, battery) };
      })
      .sort((a, b) => a.rank - b.rank || collator.compare(a.hardware.name, b.hardware.name));
  }

  #floorFilter(organization: Organization): TemplateResult | typeof nothing {
    const { texts } = this;
    const used = new Set(organization.hardware.map(({ floor_id }) => floor_id));
    const buildings = organization.buildings.map(({ name, floors }) => ({
      name,
      floors: floors.filter(({ id }) => used.has(id)),
    }));
    if (buildings.flatMap(({ floors }) => floors).length < 2) return nothing;
    return html`<label>
      <span class="hidden">${texts.text("maintenance.filter_floor")}</span>
      <select @change=${this.#filterFloor}>
        <option value="" .selected=${this.floor === ""}>${texts.text("maintenance.all_floors")}</option>
        ${buildings.map(
          ({ name, floors }) => html`<optgroup label=${name}>
            ${floors.map((floor) => html`<option value=${floor.id} .selected=${floor.id === this.floor}>${floor.name}</option>`)}
          </optgroup>`,
        )}
      </select>
    </label>`;
  }

  readonly #filterFloor = (event: Event): void => {
    this.floor = (event.target as HTMLSelectElement).value;
  };

  readonly #filterProblems = (event: Event): void => {
    this.onlyProblems = (event.target as HTMLInputElement).checked;
  };

  readonly #showAll = (): void => {
    this.all = true;
  };

  #device({ hardware, connection, battery }: Device, hasBattery: boolean, hasHeartbeat: boolean): TemplateResult {
    const { texts } = this;
    const kind = texts.text(`maintenance.${hardware.kind}`);
    return html`
      <tr>
        <th scope="row">
          ${this.#name(hardware)}
          <span class="secondary">${[kind, hardware.model].filter(Boolean).join(" · ")}</span>
        </th>
        <td data-label=${texts.text("maintenance.column.place")}>${this.#place(hardware)}</td>
        <td data-label=${texts.text("maintenance.column.connection")}>
          ${mark(connection, texts.text(`maintenance.connection.${connection}`))}
        </td>
        ${hasBattery
          ? html`<td class=${battery === null ? "absent" : ""} data-label=${texts.text("maintenance.column.battery")}>
              ${battery === null ? "–" : this.#battery(hardware, battery)}
            </td>`
          : nothing}
        ${hasHeartbeat
          ? html`<td data-label=${texts.text("maintenance.column.heartbeat")}>${this.#moment(hardware, "last_heartbeat") ?? "–"}</td>`
          : nothing}
      </tr>
    `;
  }

  /** The page of a device is for administrators; others get the dialog of its entity. */
  #name({ name, device_id, entities }: Hardware): unknown {
    const [entity] = [entities.connectivity, ...Object.values(entities)];
    if (device_id !== null && this.hass.user?.is_admin) return html`<a href="/config/devices/device/${device_id}">${name}</a>`;
    if (entity === undefined) return name;
    return html`<button
      type="button"
      class="link"
      @click=${() => {
        moreInfo(this, entity);
      }}
    >
      ${name}
    </button>`;
  }

  #place({ floor_id, room_id }: Hardware): unknown {
    const { floors, spaces } = indexOf(this.topology);
    const found = floors.get(floor_id ?? "");
    if (!found) return "–";
    const { organization, building, floor } = found;
    const room = spaces.get(room_id ?? "")?.space;
    // Many buildings have a ground floor.
    const name = organization.buildings.length > 1 ? `${floor.name} · ${building.name}` : floor.name;
    return html`${room ? html`<a href=${address("floor", floor.id, room.id)}>${room.name}</a>` : nothing}
      <a class=${room ? "secondary" : ""} href=${address("floor", floor.id)}>${name}</a>`;
  }

  #battery(hardware: Hardware, battery: Exclude<Battery, null>): TemplateResult {
    const by = this.#date(hardware, "battery_change_by");
    const { texts } = this;
    return html`${mark(battery, texts.text(`maintenance.battery.${battery}`))}
    ${by ? html`<span class="secondary by">${texts.text("maintenance.battery.by", { date: by })}</span>` : nothing}`;
  }

  #moment(hardware: Hardware, key: string): string | null {
    const at = new Date(stateOf(this.hass.states, hardware.entities, key)?.state ?? "");
    return Number.isNaN(at.getTime()) ? null : this.texts.moment(at);
  }

  #date(hardware: Hardware, key: string): string | null {
    const at = new Date(stateOf(this.hass.states, hardware.entities, key)?.state ?? "");
    return Number.isNaN(at.getTime()) ? null : this.texts.date(at, { year: "numeric", month: "short", day: "numeric" });
  }

  static override styles = [
    styles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
      }
      .card h2 {
        font-size: 16px;
      }
      h2 {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .pushes > * + *,
      .none > * + * {
        margin-top: 8px;
      }
      .pushes svg.icon {
        fill: var(--info-color, #039be5);
      }
      .pushes.push svg.icon {
        fill: var(--success-color);
      }
      header,
      .tools {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        justify-content: space-between;
        gap: 8px 16px;
      }
      .tools {
        align-items: center;
        margin-block: 12px;
      }
      label {
        max-width: 100%;
      }
      .check {
        display: flex;
        align-items: center;
        gap: 10px;
        min-height: 44px;
      }
      .check input {
        width: 20px;
        height: 20px;
        accent-color: var(--primary-color);
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
        padding-bottom: 6px;
        font-size: 12px;
        color: var(--secondary-text-color);
      }
      tbody th,
      td {
        padding: 10px 12px 10px 0;
        border-top: 1px solid var(--divider-color);
        vertical-align: top;
      }
      :host(:dir(rtl)) :is(tbody th, td) {
        padding: 10px 0 10px 12px;
      }
      tbody th > *,
      td > a,
      .by {
        display: block;
      }
      a,
      .link {
        text-underline-offset: 3px;
        text-decoration-color: var(--secondary-text-color);
      }
      .link {
        min-height: 0;
        padding: 0;
        border: 0;
        background: none;
        text-align: start;
        text-decoration-line: underline;
      }
      .mark {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        white-space: nowrap;
      }
      .mark svg.icon {
        width: 18px;
        height: 18px;
        fill: var(--secondary-text-color);
      }
      .mark.alert svg.icon {
        fill: var(--error-color);
      }
      .mark.good svg.icon {
        fill: var(--success-color);
      }
      .more {
        margin-top: 12px;
        text-align: center;
      }
      @container (max-width: 640px) {
        thead {
          position: absolute;
          clip-path: inset(50%);
          width: 1px;
          height: 1px;
          overflow: hidden;
        }
        tbody tr {
          display: grid;
          grid-template-columns: 1fr auto;
          gap: 2px 12px;
          padding-block: 10px;
          border-top: 1px solid var(--divider-color);
        }
        tbody th,
        td,
        :host(:dir(rtl)) :is(tbody th, td) {
          padding: 0;
          border: 0;
        }
        td:nth-child(even) {
          text-align: end;
        }
        .absent {
          display: none;
        }
      }
    `,
  ];
}

const CONNECTIONS: Readonly<Record<string, Connection>> = { on: "connected", off: "offline", unavailable: "unavailable" };
const BATTERIES: Readonly<Record<string, Battery>> = { on: "due", off: "good" };

function rankOf({ kind }: Hardware, connection: Connection, battery: Battery): number {
  // A hive that is offline takes its sensors with it.
  if (connection === "offline") return kind === "hive" ? 0 : 1;
  if (battery === "due") return 2;
  return connection === "connected" ? GOOD : GOOD - 1;
}

/** Return a word with an icon that stresses it. */
function mark(key: keyof typeof ICONS, text: string): TemplateResult {
  return html`<span class="mark ${ICONS[key]}">${icon(ICONS[key])}${text}</span>`;
}

define("butlr-view-maintenance", MaintenanceView);
