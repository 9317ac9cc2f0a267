using System.Text.Json;
using System.Text.Json.Serialization;
using LakebaseOps.Workflows;

namespace LakebaseOps.Reports;

/// <summary>
/// A run as a report embeds it: run.json without white space, and the long lists of a cell (histogram, intervals) by
/// column, which takes a third of the room. Reading gives back the same record.
/// </summary>
internal static class RunData
{
    private static readonly JsonSerializerOptions Compact = new(RunFile.Json)
    {
        WriteIndented = false,
        IgnoreReadOnlyProperties = true,
        Converters = { new HistogramColumns(), new IntervalColumns() },
    };

    /// <summary>The run as text that is safe inside a script element: the encoder writes &lt;, &gt; and &amp; as escapes.</summary>
    public static string Write(RunRecord run) => JsonSerializer.Serialize(run, Compact);

    /// <summary>The run of such a text.</summary>
    /// <exception cref="JsonException">The text is no run record.</exception>
    public static RunRecord Read(string text) =>
        JsonSerializer.Deserialize<RunRecord>(text, Compact) ?? throw new JsonException("the data are null");

    private sealed class HistogramColumns : JsonConverter<IReadOnlyList<HistogramBucket>>
    {
        public override void Write(Utf8JsonWriter writer, IReadOnlyList<HistogramBucket> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(
                writer, new Columns { UpToUs = [.. value.Select(bucket => bucket.UpToUs)], Count = [.. value.Select(bucket => bucket.Count)] }, options);

        public override IReadOnlyList<HistogramBucket> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            Columns columns = JsonSerializer.Deserialize<Columns>(ref reader, options)!;
            return [.. columns.UpToUs.Zip(columns.Count, (upTo, count) => new HistogramBucket(upTo, count))];
        }

        private sealed record Columns
        {
            public required double[] UpToUs { get; init; }

            public required long[] Count { get; init; }
        }
    }

    private sealed class IntervalColumns : JsonConverter<IReadOnlyList<LatencyInterval>>
    {
        public override void Write(Utf8JsonWriter writer, IReadOnlyList<LatencyInterval> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(
                writer,
                new Columns
                {
                    AtSeconds = [.. value.Select(interval => interval.AtSeconds)],
                    Requests = [.. value.Select(interval => interval.Requests)],
                    P50Ms = [.. value.Select(interval => interval.P50Ms)],
                    P99Ms = [.. value.Select(interval => interval.P99Ms)],
                    MaxMs = [.. value.Select(interval => interval.MaxMs)],
                },
                options);

        public override IReadOnlyList<LatencyInterval> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            Columns columns = JsonSerializer.Deserialize<Columns>(ref reader, options)!;
            return
            [
                .. columns.AtSeconds.Select((at, index) => new LatencyInterval(
                    at, columns.Requests[index], columns.P50Ms[index], columns.P99Ms[index], columns.MaxMs[index])),
            ];
        }

        private sealed record Columns
        {
            public required double[] AtSeconds { get; init; }

            public required long[] Requests { get; init; }

            public required double[] P50Ms { get; init; }

            public required double[] P99Ms { get; init; }

            public required double[] MaxMs { get; init; }
        }
    }
}
