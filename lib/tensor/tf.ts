/** tfjs as the layers above see it: through this door, so that the library is named in one folder only. */
export * as tf from "@tensorflow/tfjs";
export { version_core as tfjsVersion } from "@tensorflow/tfjs";
