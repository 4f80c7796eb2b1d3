// The islands of the pages: every folder here with a main.js or main.ts is one entry, named after its folder.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const HERE = dirname(fileURLToPath(import.meta.url));

export const entries = Object.fromEntries(
  readdirSync(HERE, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => ['main.js', 'main.ts'].map((file) => [name, join(HERE, name, file)]))
    .filter(([, file]) => existsSync(file)),
);

export default defineConfig({
  root: HERE,
  base: '/static/built/',
  build: {
    outDir: join(HERE, '../static/built'),
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2022',
    chunkSizeWarningLimit: 3000,
    rollupOptions: { input: entries },
  },
});
