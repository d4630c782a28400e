// Entry of the worker of one rank of a mesh: exposes its host and nothing else.

import { expose } from 'comlink';
import { MeshRankHost } from './meshRankHost';
import { carryErrors } from './settling';

const host = new MeshRankHost();
expose(carryErrors(host.api));
