/** The overview: every building and floor with its numbers, the busiest spaces, and what is wrong. */

import { html, nothing, type TemplateResult } from "lit";

import { define } from "../home-assistant.js";
import { peopleText } from "../map/describe.js";
import { mostOf, type Count } from "../small-groups.js";
import { countOf, statusOf, utilizationOf } from "../spaces.js";
import { indexOf, type Building, type Floor, type Organization, type Topology } from "../topology.js";
import { attentionOf, spacesOf, type SpaceOnFloor } from "./attention.js";
import { icon } from "./icons.js";
import { overviewStyles } from "./overview-styles.js";
import { bar, freeRooms, partStyles, peopleFigure, statusChip, utilizationFigure } from "./parts.js";
import { address } from "./router.js";
import { styles } from "./styles.js";
import { View } from "./view.js";

const BUSIEST = 5;
/** How many names a sentence about problems mentions. */
const NAMED = 3;

/** Up to how much the overview shows live maps. */
const PREVIEWED_FLOORS = 4;
const PREVIEWED_SPACES = 250;

interface Busy extends SpaceOnFloor {
  readonly people: Count;
}

export class OverviewView extends View {
  #shown: { readonly topology: Topology; readonly ids: readonly string[] } | undefined;

  /** All entities of the organizations: what is wrong depends on any of them. */
  protected override shown(): readonly string[] {
    if (this.#shown?.topology !== this.topology) {
      this.#shown = { topology: this.topology, ids: [...entityIds(this.topology)] };
    }
    return this.#shown.ids;
  }

  protected override render(): TemplateResult {
    const organizations = this.topology.organizations.filter(({ buildings }) => buildings.length > 0);
    return html`${organizations.map((organization) => this.#organization(organization, organizations.length > 1))}`;
  }

  #organization(organization: Organization, named: boolean): TemplateResult {
    return html`
      <section class="organization">
        ${named ? html`<h2 class="name">${organization.name}</h2>` : nothing}
        <p class="total secondary">${this.#total(organization)} ${this.#asOf(organization)}</p>
        <div class="buildings">${organization.buildings.map((building) => this.#building(building))}</div>
        <div class="aside">${this.#attention(organization)} ${this.#busiest(organization)}</div>
      </section>
    `;
  }

  /** The people of all buildings, if there are several. */
  #total(organization: Organization): TemplateResult | typeof nothing {
    const people = peopleFigure(this.texts, this.hass.states, organization);
    if (organization.buildings.length < 2 || people === nothing) return nothing;
    return html`<span>${this.texts.text("overview.people")} <b>${people}</b></span>`;
  }

  #asOf({ entry_id }: Organization): TemplateResult | typeof nothing {
    const seconds = this.asOf[entry_id];
    if (seconds === undefined) return nothing;
    const time = this.texts.moment(new Date(seconds * 1000));
    return html`<bdi>${this.texts.text("panel.as_of", { time })}</bdi>`;
  }

  // -- buildings and floors -------------------------------------------------------------------------------------------

  #building(building: Building): TemplateResult {
    const { texts, hass, topology } = this;
    const { entities } = building;
    return html`
      <section class="card building">
        <header>
          <h2>${building.name}</h2>
          ${entities.occupancy === undefined ? nothing : statusChip(topology, texts, statusOf(hass.states, entities))}
        </header>
        <dl class="figures">
          ${this.#figure("people", peopleFigure(texts, hass.states, building))}
          ${this.#figure("free_rooms", freeRooms(texts, hass.states, entities, building.floors))}
          ${this.#figure("utilization", utilizationFigure(texts, hass.states, building), bar(utilizationOf(hass.states, building).number))}
        </dl>
        <table>
          <thead>
            <tr>
              <th scope="col">${texts.text("overview.floor")}</th>
              <th scope="col" class="number">${texts.text("overview.people")}</th>
              <th scope="col" class="number">${texts.text("overview.free_rooms")}</th>
              <th scope="col" class="number">${texts.text("overview.utilization")}</th>
            </tr>
          </thead>
          <tbody>
            ${building.floors.map((floor) => this.#floor(floor))}
          </tbody>
        </table>
        ${this.#previews(building)}
      </section>
    `;
  }

  /** The live maps of a few floors; nobody could read those of many. */
  #previews(building: Building): TemplateResult | typeof nothing {
    const floors = this.topology.organizations.flatMap(({ buildings }) => buildings.flatMap((one) => one.floors));
    const spaces = floors.reduce((sum, floor) => sum + floor.spaces.length, 0);
    if (floors.length > PREVIEWED_FLOORS || spaces > PREVIEWED_SPACES) return nothing;
    return html`<div class="previews">
      ${building.floors.map(
        (floor) => html`
          <div>
            <h3><a href=${address("floor", floor.id)}>${floor.name}</a></h3>
            <butlr-map
              inert
              passive
              .hass=${this.hass}
              .floor=${floor}
              .statuses=${this.topology.statuses}
              .texts=${this.texts}
            ></butlr-map>
          </div>
        `,
      )}
    </div>`;
  }

  #figure(key: string, value: unknown, extra: unknown = nothing): TemplateResult | typeof nothing {
    if (value === nothing) return nothing;
    return html`<div>
      <dt class="secondary">${this.texts.text(`overview.${key}`)}</dt>
      <dd>${value}${extra}</dd>
    </div>`;
  }

  #floor(floor: Floor): TemplateResult {
    const { texts, hass, topology } = this;
    const { entities } = floor;
    const { states } = hass;
    const none = html`<span class="secondary" aria-label=${texts.text("overview.not_measured")}>–</span>`;
    const shown = (value: unknown): unknown => (value === nothing ? none : value);
    return html`
      <tr>
        <th scope="row">
          <a href=${address("floor", floor.id)}>${floor.name}</a>
          ${entities.occupancy === undefined
            ? nothing
            : html`<span class="secondary">${statusChip(topology, texts, statusOf(states, entities))}</span>`}
        </th>
        <td class="number">${shown(peopleFigure(texts, states, floor))}</td>
        <td class="number">${shown(freeRooms(texts, states, entities, [floor]))}</td>
        <td class="number used">
          ${bar(utilizationOf(states, floor).number)}
          <span>${shown(utilizationFigure(texts, states, floor))}</span>
        </td>
      </tr>
    `;
  }

  // -- the busiest spaces ---------------------------------------------------------------------------------------------

  #busiest(organization: Organization): TemplateResult {
    const { texts } = this;
    const busiest = this.#findBusiest(organization);
    // Many buildings have a ground floor.
    const several = organization.buildings.length > 1;
    const { floors } = indexOf(this.topology);
    return html`
      <section class="card">
        <h3>${texts.text("overview.busiest")}</h3>
        ${busiest.length === 0
          ? html`<p class="secondary">${texts.text("overview.nobody")}</p>`
          : html`<ol class="busiest">
              ${busiest.map((busy) => this.#busy(busy, several ? floors.get(busy.floor.id)?.building : undefined))}
            </ol>`}
      </section>
    `;
  }

  #findBusiest(organization: Organization): Busy[] {
    const busy: Busy[] = [];
    for (const { floor, space } of spacesOf(organization)) {
      const people = countOf(this.hass.states, space, floor.spaces);
      if (mostOf(people) > 0) busy.push({ floor, space, people });
    }
    return busy.sort((a, b) => mostOf(b.people) - mostOf(a.people)).slice(0, BUSIEST);
  }

  #busy({ floor, space, people }: Busy, building: Building | undefined): TemplateResult {
    const { texts } = this;
    const utilization = utilizationOf(this.hass.states, space, floor.spaces).number;
    return html`
      <li>
        <span>
          <a href=${address("floor", floor.id, space.id)}>${space.name}</a>
          <span class="secondary">${[floor.name, ...(building ? [building.name] : [])].join(" · ")}</span>
        </span>
        <span class="number">
          <bdi>${people.fewerThan === null && space.estimated ? "≈ " : nothing}${peopleText(texts, { people, estimated: false })}</bdi>
          ${utilization === null ? nothing : html`<span class="secondary">${texts.percent(utilization / 100)}</span>`}
        </span>
        ${bar(utilization)}
      </li>
    `;
  }

  // -- what is wrong --------------------------------------------------------------------------------------------------

  #attention(organization: Organization): TemplateResult {
    const { texts, hass } = this;
    const attention = attentionOf(organization, hass.states);
    const { unavailable, unknown, offlineHives, offlineSensorCount, batteries, polling } = attention;
    const lines = [
      this.#spaces("overview.unavailable", unavailable),
      this.#spaces("overview.unknown", unknown),
      this.#hardware("overview.hives_offline", offlineHives.length),
      this.#hardware("overview.sensors_offline", offlineSensorCount),
      this.#hardware("overview.batteries", batteries.length),
      polling
        ? html`<li>${icon("info")}<span><a href=${address("maintenance")}>${texts.text("overview.polling")}</a></span></li>`
        : nothing,
    ].filter((line) => line !== nothing);
    if (lines.length === 0) {
      return html`<section class="card calm">${icon("good")}<span>${texts.text("overview.calm")}</span></section>`;
    }
    // On a phone, the numbers come first; one line leads to the rest.
    return html`
      <section class="card">
        <details ?open=${!this.narrow}>
          <summary>
            <h3>${texts.text("overview.attention")}</h3>
            <span class="count">${texts.number(lines.length)}</span>
          </summary>
          <ul class="attention">
            ${lines}
          </ul>
        </details>
      </section>
    `;
  }

  #spaces(key: string, spaces: readonly SpaceOnFloor[]): TemplateResult | typeof nothing {
    if (spaces.length === 0) return nothing;
    const more = spaces.length - NAMED;
    return html`
      <li>
        ${icon("alert")}
        <span>
          <bdi>${this.texts.count(key, spaces.length)}</bdi>
          <span class="names">
            ${spaces
              .slice(0, NAMED)
              .map(({ floor, space }) => html`<a href=${address("floor", floor.id, space.id)}>${space.name}</a> `)}
            ${more > 0 ? html`<span class="secondary">${this.texts.count("overview.more", more)}</span>` : nothing}
          </span>
        </span>
      </li>
    `;
  }

  #hardware(key: string, count: number): TemplateResult | typeof nothing {
    if (count === 0) return nothing;
    return html`<li>
      ${icon("alert")}
      <span><a href=${address("maintenance")}><bdi>${this.texts.count(key, count)}</bdi></a></span>
    </li>`;
  }

  static override styles = [styles, partStyles, overviewStyles];
}

function* entityIds(topology: Topology): Generator<string> {
  for (const organization of topology.organizations) {
    yield* Object.values(organization.entities);
    for (const building of organization.buildings) {
      yield* Object.values(building.entities);
      for (const floor of building.floors) {
        yield* Object.values(floor.entities);
        for (const space of floor.spaces) yield* Object.values(space.entities);
      }
    }
    for (const device of organization.hardware) yield* Object.values(device.entities);
  }
}

define("butlr-view-overview", OverviewView);
