// Entry of a hub worker: downloads, and nothing else. The address that it is loaded by names the hub, so that whoever serves it can admit that
// host and no other (scripts/staticServer.mjs).

import { expose } from 'comlink';
import { hubApi } from './hubHost';
import { carryErrors } from './settling';

expose(carryErrors(hubApi));
