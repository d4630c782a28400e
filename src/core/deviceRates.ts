// What this page's device and links take for things, measured by the page itself: what predictions of its own runs go by. Plain data.

/** Rates for estimates of kernels: what the device was measured, or is assumed, to sustain. */
export interface DeviceRates {
  readonly flopsPerMs: number;
  readonly bytesPerMs: number;
  /** Fixed cost of a dispatch. */
  readonly dispatchMs: number;
}

export interface LinkRates {
  /** From giving the device something to its being done with it, beside the work itself. */
  readonly submitMs: number;
  /** Until a result that the device has finished is in main memory, and its bytes; like all that follows, while another device is at work. */
  readonly readMs: number;
  readonly readBytesPerMs: number;
  /** From main memory to the device. */
  readonly writeBytesPerMs: number;
  /** From one worker to another, and what of it grows with the bytes: they are copied before they are given away. */
  readonly messageMs: number;
  readonly messageBytesPerMs: number;
}

/** A measurement on one adapter. */
export interface DeviceCalibration {
  /** What a product that fills the device reaches, and a copy. */
  readonly device: DeviceRates;
  readonly links: LinkRates;
}
