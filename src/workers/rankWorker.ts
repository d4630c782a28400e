// Entry of a rank worker: exposes the host and nothing else.

import { expose } from 'comlink';
import { RankHost } from './rankHost';
import { carryErrors } from './settling';

const host = new RankHost();
expose(carryErrors(host.api));
