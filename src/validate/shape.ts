import type { Schema } from '../infer.ts';

/** A schema and the word that messages begin with: `bridge` in `bridge.mtu: must be …`. */
export interface Shape {
  readonly label: string;
  readonly schema: Schema;
}
