import "./panel/panel.js";
