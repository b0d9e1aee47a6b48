import Networks
import Tensors
import TestSupport
import Testing

@Suite("The check of layers")
struct LayerCheckTests {
  @Test("passes a linear layer", arguments: layerSizes)
  func linear(_ size: Int) {
    expectLayerGradient(at: [Input(Shape(3, size), seed: 1)]) { set in
      let layer = Linear("layer", inputs: size, outputs: size, in: set)
      return { context, x in layer(x[0], context) }
    }
  }

  @Test("fails a layer that forgets what its parameters did to its output")
  func forgetsParameters() {
    withKnownIssue {
      expectLayerGradient(at: [Input(Shape(3, 5), seed: 1)]) { set in
        let layer = Linear("layer", inputs: 5, outputs: 5, in: set)
        return { context, x in
          context.tape.add(layer(x[0], context), layer(x[0], context).detached)
        }
      }
    }
  }

  @Test(
    "fails a layer that lets no gradient through to its input")
  func forgetsInput() {
    withKnownIssue {
      expectLayerGradient(at: [Input(Shape(3, 5), seed: 1)]) { set in
        let layer = Linear("layer", inputs: 5, outputs: 5, in: set)
        return { context, x in layer(x[0].detached, context) }
      }
    }
  }
}
