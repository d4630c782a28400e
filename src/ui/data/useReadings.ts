// Which sequences some steps of the run read, asked of the pipeline as steps and settings change.

import { useEffect, useMemo, useState } from 'react';
import { type LabErrorData, toLabErrorData } from '../../core/errors';
import type { DocumentReading, ReadingRun, StepReading } from '../../core/pipelineRecords';
import { dataController } from '../labControllerData';
import type { DataResult } from '../stores/dataStore';
import { useSetup } from '../stores/setupStore';

/** What the set-up of the run says of who reads what. */
export function useReadingRun(): ReadingRun {
  const { train, parallel } = useSetup((state) => state.config);
  const { seed, batchSize, microBatches, sequenceLength } = train;
  const { dp } = parallel;
  return useMemo(
    () => ({ seed, batchSize, microBatches, sequenceLength, dpSize: dp }),
    [seed, batchSize, microBatches, sequenceLength, dp],
  );
}

export interface StepReadings {
  /** By step, from the first that was asked for. */
  readonly steps: readonly (readonly StepReading[])[];
  readonly error: LabErrorData | null;
}

export function useStepReadings(result: DataResult, first: number, count: number, run: ReadingRun): StepReadings {
  const [readings, setReadings] = useState<StepReadings>({ steps: [], error: null });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another result has other readings
  useEffect(() => {
    let wanted = true;
    const steps = Array.from({ length: count }, (_, i) => dataController.readingsOfStep(first + i, run));
    Promise.all(steps).then(
      (found) => wanted && setReadings({ steps: found, error: null }),
      (thrown: unknown) => wanted && setReadings({ steps: [], error: toLabErrorData(thrown) }),
    );
    return () => {
      wanted = false;
    };
  }, [result, first, count, run]);
  return readings;
}

/** Where a document is read in an epoch, in the order of steps; null until it is known. */
export function useDocumentReadings(
  result: DataResult,
  index: number | null,
  epoch: number,
  run: ReadingRun,
): readonly DocumentReading[] | null {
  const [readings, setReadings] = useState<readonly DocumentReading[] | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another result has other readings
  useEffect(() => {
    setReadings(null);
    if (index === null) return;
    let wanted = true;
    dataController.readingsOfDocument(index, epoch, run).then(
      (found) => wanted && setReadings([...found].sort((a, b) => a.step - b.step || a.row - b.row)),
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [result, index, epoch, run]);
  return readings;
}
