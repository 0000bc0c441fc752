/** The cells of sections 2 and 3 in the paper's order. */
import type { CellDefinition } from "../check.ts";
import { entropySurface } from "./entropy_surface.ts";
import { fisherInformation } from "./fisher.ts";
import { fullKernel } from "./full_kernel.ts";
import { fullRank } from "./full_rank.ts";
import { gaussianProcess, slopeCovariance } from "./gaussian_process.ts";
import { loraKernel } from "./lora_kernel.ts";
import { bits, entropy } from "./measures.ts";
import { intermediateState, linearLayer, loraUpdate, objective } from "./objective.ts";
import { kernelRelation, oneLayerDiffers } from "./one_layer.ts";
import { ordering } from "./ordering.ts";
import { backdoorObjective, untargetedObjective } from "./orthogonality.ts";
import { directRobustness, kernelRobustness } from "./robustness.ts";
import { negativeSemidefinite } from "./semidefinite.ts";
import { tangentKernel, tangentLimit } from "./tangent_kernel.ts";

export const mainCells: readonly CellDefinition[] = [
  objective,
  linearLayer,
  loraUpdate,
  intermediateState,
  directRobustness,
  tangentKernel,
  tangentLimit,
  kernelRobustness,
  fisherInformation,
  bits,
  entropy,
  gaussianProcess,
  fullKernel,
  slopeCovariance,
  loraKernel,
  oneLayerDiffers,
  kernelRelation,
  negativeSemidefinite,
  fullRank,
  ordering,
  backdoorObjective,
  untargetedObjective,
  entropySurface,
];
