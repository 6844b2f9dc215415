/**
 * The training that the examples need, small enough to read: deterministic random
 * numbers, layers with forward and backward steps, stochastic gradient descent with
 * momentum. Nothing of it is part of the product.
 */

/** mulberry32: the same numbers on every machine. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffle(items, random) {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other], items[last]];
  }
}

/** A trainable array, drawn uniformly with the variance that keeps ReLU layers in range (He et al. 2015). */
function parameter(length, fanIn, random) {
  const limit = fanIn === 0 ? 0 : Math.sqrt(6 / fanIn);
  const value = Float32Array.from({ length }, () => (2 * random() - 1) * limit);
  return { value, gradient: new Float32Array(length), velocity: new Float32Array(length) };
}

/** One SGD step with momentum 0.9 from gradients summed over `batch` samples. */
export function descend(layers, rate, batch) {
  for (const { value, gradient, velocity } of layers.flatMap((layer) => layer.parameters ?? [])) {
    for (let at = 0; at < value.length; at++) {
      velocity[at] = 0.9 * velocity[at] - (rate * gradient[at]) / batch;
      value[at] += velocity[at];
      gradient[at] = 0;
    }
  }
}

/** y = W x + b, W of shape [outputs, inputs]. */
export function dense(inputs, outputs, random) {
  const weight = parameter(outputs * inputs, inputs, random);
  const bias = parameter(outputs, 0, random);
  let x;
  return {
    weight, bias, parameters: [weight, bias],
    forward(input) {
      x = input;
      const y = new Float32Array(outputs);
      for (let o = 0; o < outputs; o++) {
        let sum = bias.value[o];
        for (let i = 0; i < inputs; i++) sum += weight.value[o * inputs + i] * x[i];
        y[o] = sum;
      }
      return y;
    },
    backward(dy) {
      const dx = new Float32Array(inputs);
      for (let o = 0; o < outputs; o++) {
        bias.gradient[o] += dy[o];
        for (let i = 0; i < inputs; i++) {
          weight.gradient[o * inputs + i] += dy[o] * x[i];
          dx[i] += dy[o] * weight.value[o * inputs + i];
        }
      }
      return dx;
    },
  };
}

export function relu() {
  let y;
  return {
    forward(input) {
      return (y = input.map((value) => Math.max(0, value)));
    },
    backward(dy) {
      return dy.map((value, at) => (y[at] > 0 ? value : 0));
    },
  };
}

/** Square convolution without padding; `size` is the input's height and width. */
export function conv({ channels, size, kernels, kernel, stride }, random) {
  const out = Math.floor((size - kernel) / stride) + 1;
  const taps = channels * kernel * kernel;
  const weight = parameter(kernels * taps, taps, random);
  const bias = parameter(kernels, 0, random);
  let x;

  /** Calls `visit(output, input, weight)` with the offsets of one row of taps, `kernel` long. */
  function eachRow(visit) {
    for (let k = 0; k < kernels; k++)
      for (let row = 0; row < out; row++)
        for (let column = 0; column < out; column++)
          for (let c = 0; c < channels; c++)
            for (let u = 0; u < kernel; u++)
              visit(
                (k * out + row) * out + column,
                (c * size + row * stride + u) * size + column * stride,
                ((k * channels + c) * kernel + u) * kernel,
              );
  }
  return {
    weight, bias, parameters: [weight, bias],
    forward(input) {
      x = input;
      const y = new Float32Array(kernels * out * out);
      for (let at = 0; at < y.length; at++) y[at] = bias.value[Math.floor(at / (out * out))];
      eachRow((to, from, tap) => {
        let sum = y[to];
        for (let v = 0; v < kernel; v++) sum += x[from + v] * weight.value[tap + v];
        y[to] = sum;
      });
      return y;
    },
    backward(dy) {
      const dx = new Float32Array(x.length);
      for (let at = 0; at < dy.length; at++) bias.gradient[Math.floor(at / (out * out))] += dy[at];
      eachRow((to, from, tap) => {
        if (dy[to] === 0) return;
        for (let v = 0; v < kernel; v++) {
          weight.gradient[tap + v] += dy[to] * x[from + v];
          dx[from + v] += dy[to] * weight.value[tap + v];
        }
      });
      return dx;
    },
  };
}

/** 2 x 2 maximum with stride 2; an odd last row or column is dropped. */
export function maxPool(channels, size) {
  const out = Math.floor(size / 2);
  let chosen;
  return {
    forward(x) {
      const y = new Float32Array(channels * out * out);
      chosen = new Int32Array(y.length);
      for (let at = 0; at < y.length; at++) {
        const c = Math.floor(at / (out * out));
        const corner = (c * size + 2 * (Math.floor(at / out) % out)) * size + 2 * (at % out);
        const window = [corner, corner + 1, corner + size, corner + size + 1];
        chosen[at] = window.reduce((best, candidate) => (x[candidate] > x[best] ? candidate : best));
        y[at] = x[chosen[at]];
      }
      return y;
    },
    backward(dy) {
      const dx = new Float32Array(channels * size * size);
      for (let at = 0; at < dy.length; at++) dx[chosen[at]] += dy[at];
      return dx;
    },
  };
}

export function infer(layers, input) {
  return layers.reduce((x, layer) => layer.forward(x), input);
}

export function classOf(values) {
  return values.indexOf(values.reduce((a, b) => Math.max(a, b)));
}

/** Adds the gradients of the cross-entropy of one sample to the parameters. */
export function learn(layers, input, label) {
  const logits = infer(layers, input);
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const weights = logits.map((value) => Math.exp(value - largest));
  const total = weights.reduce((a, b) => a + b);
  const gradient = weights.map((value, at) => value / total - (at === label ? 1 : 0));
  layers.reduceRight((dy, layer) => layer.backward(dy), gradient);
}

/** Trains with a rate that falls linearly to a tenth; `vary` may distort a training input. */
export function train(layers, samples, { epochs, rate, batch, random, vary = (input) => input }) {
  const steps = epochs * Math.ceil(samples.length / batch);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(samples, random);
    for (let first = 0; first < samples.length; first += batch, step++) {
      const part = samples.slice(first, first + batch);
      for (const { input, label } of part) learn(layers, vary(input, random), label);
      descend(layers, rate * (1 - (0.9 * step) / steps), part.length);
    }
    console.log(`epoch ${epoch + 1} of ${epochs}`);
  }
}

/** The share of samples that are classified right. */
export function accuracy(layers, samples) {
  const right = samples.filter(({ input, label }) => classOf(infer(layers, input)) === label).length;
  return right / samples.length;
}
