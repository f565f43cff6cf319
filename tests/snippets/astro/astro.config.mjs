import { defineConfig } from "astro/config";
import flattr from "./src/components/flattr/integration.mjs";

export default defineConfig({
  site: process.env.SITE || undefined,
  base: process.env.BASE,
  integrations: [flattr()],
  cacheDir: "./.astro-cache",
  vite: { cacheDir: "./.vite-cache", build: { assetsInlineLimit: 0 } }, // 0: a file for the browser, not in the page
});
