// The device of this page as a hardware profile, from what the lab measured on it. Pure; it measures nothing.

import type { DeviceCalibration } from '../core/deviceRates';
import type { AdapterFacts } from '../core/records';
import type { HardwareProfile } from './hardware';

export const THIS_DEVICE = 'this-device';

const BENCH = 'measured by this page';

/** Workers of one page are the devices of one machine; rates are what was reached, so that nothing is taken off them. */
export function thisDevice(adapter: AdapterFacts, { device, links }: DeviceCalibration): HardwareProfile {
  const named = [adapter.description, adapter.device, adapter.architecture, adapter.vendor].find((word) => word !== '');
  return {
    id: THIS_DEVICE,
    name: named ?? THIS_DEVICE,
    peakTeraflops: { f32: device.flopsPerMs / 1e9 },
    memoryGiB: (adapter.limits['maxBufferSize'] ?? 0) / 2 ** 30,
    memoryGigabytesPerSecond: device.bytesPerMs / 1e6,
    reservedGiB: 0,
    allocatorShare: 1,
    links: [
      {
        level: 'node',
        devices: null,
        latencyUs: 1000 * (links.readMs + links.messageMs),
        // Every value is brought from the device, copied for the message, and written to the other device.
        gigabytesPerSecond: 1e-6 / (1 / links.readBytesPerMs + 1 / links.messageBytesPerMs + 1 / links.writeBytesPerMs),
        sharedGigabytesPerSecond: null,
      },
    ],
    launchUs: 1000 * device.dispatchMs,
    efficiency: {
      product: { f32: 1, bf16: 1, fp8: 1 },
      productHalfWidth: 0,
      attention: 1,
      memory: 1,
      nodeLink: 1,
      clusterLink: 1,
      overlap: 0,
    },
    sources: {
      peakTeraflops: BENCH,
      memoryGiB: 'largest buffer of the adapter; WebGPU does not tell its memory',
      memoryGigabytesPerSecond: BENCH,
      links: BENCH,
      launchUs: BENCH,
    },
  };
}
