namespace LakebaseOps.Benchmarks;

/// <summary>A benchmark whose figures would not mean what they say.</summary>
/// <param name="message">What is wrong, on what.</param>
internal sealed class BenchmarkException(string message) : Exception(message);
