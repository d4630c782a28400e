// Entry of a data worker of the pipeline: exposes its host and nothing else.

import { expose } from 'comlink';
import { PieceHost } from './pieceHost';
import { carryErrors } from './settling';

const host = new PieceHost();
expose(carryErrors(host.api));
