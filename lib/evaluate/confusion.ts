/** counts[trueLabel][predictedLabel]: what every metric is computed from. */
export type Confusion = readonly (readonly number[])[];
