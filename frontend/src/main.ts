/** The one module that Home Assistant loads: it defines every element. */

import "./cards/floor-map-card.js";
import "./cards/rooms-card.js";
import "./panel/panel.js";
import { registerStrategy } from "./strategy.js";

registerStrategy();
