/** The tests of bench/, which is no layer: a file for each part of it. */
import "./bench/cases.ts";
import "./bench/flops.ts";
import "./bench/main.ts";
import "./bench/measure.ts";
import "./bench/peer.ts";
import "./bench/report.ts";
import "./bench/steps.ts";
