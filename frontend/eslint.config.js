import js from "@eslint/js";
import { configs as lit } from "eslint-plugin-lit";
import typescript from "typescript-eslint";

export default typescript.config(
  js.configs.recommended,
  ...typescript.configs.strictTypeChecked,
  lit["flat/recommended"],
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["*.js"] } } },
    rules: {
      eqeqeq: "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // The types of answers of the websocket are named where it is asked.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
    },
  },
  { files: ["*.js"], extends: [typescript.configs.disableTypeChecked] },
);
