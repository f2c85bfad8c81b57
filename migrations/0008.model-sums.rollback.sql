drop type recon.model_sum;
