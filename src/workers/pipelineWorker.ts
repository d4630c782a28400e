// Entry of the worker that runs the data pipeline: exposes its host and nothing else.

import { expose } from 'comlink';
import { PipelineHost } from './pipelineHost';
import { carryErrors } from './settling';

const host = new PipelineHost();
expose(carryErrors(host.api));
