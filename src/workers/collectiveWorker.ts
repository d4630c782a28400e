// Entry of a worker that only communicates: one rank of the collectives benchmark.

import { expose } from 'comlink';
import { CollectiveBenchRank } from './collectiveBench';
import { carryErrors } from './settling';

const rank = new CollectiveBenchRank();
expose(carryErrors(rank.api));
