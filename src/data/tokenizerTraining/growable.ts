// Lists of numbers in typed arrays that grow: no boxed numbers and no holes, for tables of millions of entries.

export class GrowableInts {
  data: Int32Array;
  length = 0;

  constructor(capacity = 1_024) {
    this.data = new Int32Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.data.length) {
      const larger = new Int32Array(2 * this.data.length);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length++] = value;
  }
}

/** Sums of counts: whole numbers past 2^31 in a long text. */
export class GrowableFloats {
  data: Float64Array;
  length = 0;

  constructor(capacity = 1_024) {
    this.data = new Float64Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.data.length) {
      const larger = new Float64Array(2 * this.data.length);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length++] = value;
  }
}
