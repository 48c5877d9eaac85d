/** The visual editors of the cards: forms that Home Assistant draws. */

import { loadTexts, type Texts } from "../texts.js";
import { topologyStore, type Topology } from "../topology.js";

interface Field {
  readonly name: string;
  readonly required?: boolean;
  readonly selector: Readonly<Record<string, unknown>>;
}

export interface Form {
  readonly schema: readonly Field[];
  readonly computeLabel: (field: Field) => string;
  readonly computeHelper: (field: Field) => string | undefined;
}

/** How long to wait for the first topology. Without one, ids must be typed. */
const WAIT_MS = 5000;

interface Option {
  readonly value: string;
  readonly label: string;
}

/** Return the floors of all buildings; the name of the building is told if there is more than one. */
export const floorOptions = (topology: Topology): Option[] => {
  const buildings = topology.organizations.flatMap((organization) => organization.buildings);
  return buildings.flatMap((building) =>
    building.floors.map(({ id, name }) => ({ value: id, label: buildings.length > 1 ? `${building.name}: ${name}` : name })),
  );
};

const buildingOptions = (topology: Topology): Option[] =>
  topology.organizations.flatMap(({ buildings }) => buildings.map(({ id, name }) => ({ value: id, label: name })));

/** Return the form for fields of these kinds. */
export const cardForm = async (kinds: readonly ("floor" | "building" | "title")[]): Promise<Form> => {
  const connection = (await window.hassConnection)?.conn;
  const language = document.documentElement.lang || "en";
  const [texts, topology] = connection
    ? await Promise.all([loadTexts({ connection, language }), firstTopology(topologyStore(connection))])
    : [undefined, undefined];
  return form(kinds, texts, topology);
};

const firstTopology = (store: ReturnType<typeof topologyStore>): Promise<Topology | undefined> =>
  new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      stop();
      resolve(store.topology);
    };
    const timer = setTimeout(finish, WAIT_MS);
    const stop = store.listen(() => {
      if (store.topology) finish();
    });
    if (store.topology) finish();
  });

const form = (kinds: readonly ("floor" | "building" | "title")[], texts: Texts | undefined, topology: Topology | undefined): Form => {
  const fields: Record<"floor" | "building" | "title", Field> = {
    floor: { name: "floor", required: !kinds.includes("building"), selector: choice(topology && floorOptions(topology)) },
    building: { name: "building", selector: choice(topology && buildingOptions(topology)) },
    title: { name: "title", selector: { text: {} } },
  };
  return {
    schema: kinds.map((kind) => fields[kind]),
    computeLabel: ({ name }) => texts?.text(`card.field.${name}`) ?? name,
    computeHelper: ({ name }) => (name === "building" ? texts?.text("card.field.building_helper") : undefined),
  };
};

const choice = (options: readonly Option[] | undefined): Readonly<Record<string, unknown>> =>
  options ? { select: { mode: "dropdown", sort: false, options } } : { text: {} };
