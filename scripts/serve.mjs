// Serves dist/ as it is, on loopback at PORT: what the product tests run against. `npm start` also builds and installs.

import { join } from 'node:path';
import { projectRoot } from './install.mjs';
import { startStaticServer } from './staticServer.mjs';

const server = await startStaticServer({ root: join(projectRoot, 'dist'), port: Number(process.env['PORT'] ?? 8080) });
console.log(`dist/ is at ${server.origin}/`);
