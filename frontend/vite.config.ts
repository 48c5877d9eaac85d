import { defineConfig } from "vitest/config";

export default defineConfig({
  build: {
    target: "es2022",
    outDir: "../custom_components/butlr/frontend",
    emptyOutDir: false,
    copyPublicDir: false,
    // Without comments: they name the folder in which the packages are.
    rolldownOptions: { output: { minify: true, comments: false } },
    lib: { entry: "src/main.ts", formats: ["es"], fileName: () => "butlr.js" },
  },
  test: { environment: "happy-dom", include: ["test/**/*.test.ts"] },
});
