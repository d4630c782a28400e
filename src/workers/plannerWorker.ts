// Entry of a planner worker: exposes the search of plans and nothing else.

import { expose } from 'comlink';
import { clusterPredictor } from '../planner/clusterPredictor';
import { PlannerHost } from './plannerHost';
import { carryErrors } from './settling';

expose(carryErrors(new PlannerHost(clusterPredictor).api));
