// Pointwise activations and their derivatives by ACT: 0 none, 1 gelu_new, 2 gelu, 3 relu, 4 silu, 5 tanh; twins in src/reference/activation.ts.
// exp() of a clamped argument stands in for tanh(): 1 + tanh(u) = 2 / (1 + exp(-2u)) keeps its digits where the sum would cancel,
// and costs a software adapter a tenth.
#if ACT == 1 || ACT == 4
fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -80.0, 80.0)));
}
#endif
#if ACT == 1
// 2 * sqrt(2 / pi) * (x + 0.044715 x^3): gelu_new(x) = x * sigmoid of this.
fn gelu_new_argument(x: f32) -> f32 {
  return x * (1.5957691216 + 0.0713548162726 * (x * x));
}
#endif
#if ACT == 2
// Phi(x) = erfc(-x / sqrt(2)) / 2. Below 1: erf's odd series economised (error < 1e-7); above: a Chebyshev fit of erfc with relative
// error < 1.2e-7 (Press et al., Numerical Recipes, 6.2). A shorter formula such as Abramowitz and Stegun 7.1.26 misses by 1.5e-7.
fn normal_cdf(x: f32) -> f32 {
  let z = min(abs(x) * 0.70710678118, 9.0);
  let y = z * z;
  let near = z * (1.128379165726710 + y * (-0.3761262582423300 + y * (0.1128358514861418 + y * (-0.02685381193529856
    + y * (0.005188327685732524 + y * (-0.0008010193625184903 + y * 0.00007853861353153693))))));
  let t = 1.0 / (1.0 + 0.5 * z);
  let far = t * exp(-y - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806
    + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277)))))))));
  let upper_tail = select(0.5 * far, 0.5 - 0.5 * near, z < 1.0);
  return select(upper_tail, 1.0 - upper_tail, x > 0.0);
}
#endif

fn activate(x: f32) -> f32 {
#if ACT == 1
  return x * sigmoid(gelu_new_argument(x));
#endif
#if ACT == 2
  return x * normal_cdf(x);
#endif
#if ACT == 3
  return max(x, 0.0);
#endif
#if ACT == 4
  return x * sigmoid(x);
#endif
#if ACT == 5
  // Beyond 10 it is 1 to f32; drivers overflow on large arguments.
  return tanh(clamp(x, -10.0, 10.0));
#endif
#if ACT == 0
  return x;
#endif
}

fn activate_gradient(x: f32) -> f32 {
#if ACT == 1
  let s = sigmoid(gelu_new_argument(x));
  // Beyond 20 the second term is zero to f32, and its factors would overflow.
  let y = min(x * x, 400.0);
  return s + clamp(x, -20.0, 20.0) * s * (1.0 - s) * (1.5957691216 + 0.2140644488178 * y);
#endif
#if ACT == 2
  let y = min(x * x, 160.0);
  return normal_cdf(x) + clamp(x, -12.0, 12.0) * 0.39894228040 * exp(-0.5 * y);
#endif
#if ACT == 3
  return select(0.0, 1.0, x > 0.0);
#endif
#if ACT == 4
  let s = sigmoid(x);
  return s * (1.0 + x * (1.0 - s));
#endif
#if ACT == 5
  let t = tanh(clamp(x, -10.0, 10.0));
  return 1.0 - t * t;
#endif
#if ACT == 0
  return 1.0;
#endif
}
