// Builds the studio's editor from frontend/editor into broadsheet/studio/static/studio, or into
// the folder that the first argument names. The same versions give the same bytes.

import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = process.argv[2] ?? join(root, "broadsheet/studio/static/studio");

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { editor: "frontend/editor/editor.js" },
  outdir: target,
  bundle: true,
  charset: "utf8",
  format: "esm",
  legalComments: "none",
  metafile: true,
  minify: true,
  target: "es2022",
});

// The licenses require that their text comes with every copy.
const packages = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
);
const notices = [...packages].sort().map((name) => {
  const license = readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8").trim();
  return `${name}\n\n${license}\n`;
});
writeFileSync(join(target, "editor.licenses.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));
