// Builds what the service ships: the expression bundle for the server, then the islands of the pages.
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { patchFeelin } from './feel/patch.mjs';
import pages, { entries } from './vite.config.js';

const HERE = dirname(fileURLToPath(import.meta.url));

patchFeelin();

await build({
  configFile: false,
  root: HERE,
  logLevel: 'warn',
  build: {
    outDir: join(HERE, '../engine/built'),
    emptyOutDir: false,
    target: 'es2022',
    lib: { entry: join(HERE, 'feel/server.js'), formats: ['iife'], name: 'feel', fileName: () => 'feel.js' },
  },
});

rmSync(pages.build.outDir, { recursive: true, force: true });
if (Object.keys(entries).length) await build({ ...pages, configFile: false, logLevel: 'warn' });
