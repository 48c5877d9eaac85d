/** The one module that Home Assistant loads: it defines every element. */

import "./floor-map.js";
import "./panel/panel.js";
import { registerStrategy } from "./strategy.js";

registerStrategy();
