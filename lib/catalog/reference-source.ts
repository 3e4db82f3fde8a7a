/** Day on which the rows of reference were last looked up. */
export const CHECKED_ON = '2026-11-21';

/** The guides that the product answers to, as sources of rows name them. */
export const GUIDES = {
  s0: 'guide S0, comparison of a small model with two APIs',
  s1: 'guide S1, local against cloud inference',
  s2: 'guide S2, training against inference',
  s3: 'guide S3, API against own server for a chat product',
  s4: 'guide S4, cost of open models by users',
} as const;

/** The paper on buying hardware instead of APIs. */
export const PAPER = 'arXiv 2509.18101';
