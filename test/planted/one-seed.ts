import fc from 'fast-check';

// A planted run is repeated with the same histories. What failed is not shrunk: that it failed is the proof.
fc.configureGlobal({ seed: Number(process.env['PLANTED_SEED'] ?? 1), endOnFailure: true });
