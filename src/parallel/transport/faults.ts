// The named errors of the links between ranks: each says which ranks, what, and at which step. Pure; it ends nothing itself.

import { LabError, type LabErrorData } from '../../core/errors';

export function sendFault(rank: number, peer: number, tag: string, step: number, cause: unknown): LabError {
  return new LabError(
    {
      code: 'mesh.send',
      message: `Rank ${rank} could not send ${tag} of step ${step} to rank ${peer}.`,
      why: cause instanceof Error ? cause.message : String(cause),
    },
    { cause },
  );
}

export function noLinkFault(rank: number, peer: number, linked: Iterable<number>): LabError {
  return new LabError({
    code: 'mesh.send',
    message: `Rank ${rank} has no link to rank ${peer}.`,
    why: `It has links to ranks ${[...linked].join(', ')}.`,
  });
}

export function unreadableFault(rank: number, peer: number, step: number, why: string): LabError {
  return new LabError({
    code: 'mesh.message',
    message: `Rank ${rank} could not read a message of rank ${peer} at step ${step}.`,
    why: `${why}.`,
  });
}

/** @param instead what came from the peer and nobody waited for. */
export function timeoutFault(
  rank: number,
  peer: number,
  tag: string,
  step: number,
  deadlineMs: number,
  instead: string,
): LabError {
  return new LabError({
    code: 'mesh.timeout',
    message: `Rank ${rank} waited ${deadlineMs / 1_000} s for ${tag} of step ${step} from rank ${peer}.`,
    why: instead === '' ? `Nothing else came from rank ${peer}.` : `From rank ${peer} came instead: ${instead}.`,
  });
}

export function mismatchFault(rank: number, peer: number, tag: string, step: number, why: string): LabError {
  return new LabError({
    code: 'mesh.mismatch',
    message: `Ranks ${rank} and ${peer} do not agree on ${tag} at step ${step} of rank ${rank}.`,
    why: `What rank ${rank} got from rank ${peer}: ${why}.`,
  });
}

export function departedFault(rank: number, peer: number, step: number): LabError {
  return new LabError({
    code: 'mesh.aborted',
    message: `Rank ${peer} left the mesh while rank ${rank} waited for it at step ${step}.`,
  });
}

export function closedFault(rank: number): LabError {
  return new LabError({ code: 'mesh.aborted', message: `Rank ${rank} closed its links.` });
}

/** What a rank's abort is called elsewhere: faults between ranks keep their name, others become `mesh.aborted`. */
export function abortedBy(source: number, error: LabErrorData): LabError {
  const between = error.code.startsWith('mesh.');
  return new LabError({
    ...error,
    code: between ? error.code : 'mesh.aborted',
    message: `Rank ${source} ended the run: ${error.message}`,
    ...(between ? {} : { details: [error.code, error.details].filter(Boolean).join('\n') }),
  });
}
