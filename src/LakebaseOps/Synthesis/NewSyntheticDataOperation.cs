using System.Diagnostics;
using System.Globalization;
using LakebaseOps.Operations;
using LakebaseOps.Schemas;

namespace LakebaseOps.Synthesis;

/// <summary>New-LakebaseSyntheticData: the generator's rows as CSV files.</summary>
[Command("New-LakebaseSyntheticData", Writes = true)]
public sealed class NewSyntheticDataOperation(NewSyntheticDataOptions options) : Operation
{
    private const string Activity = "Writing made-up rows";

    /// <inheritdoc />
    public override async Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<SyntheticPart> parts = await PartsAsync(cancellationToken).ConfigureAwait(false);
        return new OperationPlan(
            Path.GetFullPath(options.Path),
            string.Create(CultureInfo.InvariantCulture, $"Write {parts.Sum(part => part.Count):N0} rows to {parts.Count} CSV files"))
        {
            Steps = [.. parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Path}: {part.Count:N0} rows of {part.Table.Definition.Name}"))],
        };
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        IReadOnlyList<SyntheticPart> parts = await PartsAsync(cancellationToken).ConfigureAwait(false);
        Refuse(parts);
        long all = parts.Sum(part => part.Count);
        long done = 0;
        long start = Stopwatch.GetTimestamp();
        ParallelOptions parallel = new()
        {
            MaxDegreeOfParallelism = options.ThrottleLimit ?? Environment.ProcessorCount,
            CancellationToken = cancellationToken,
        };
        try
        {
            await Parallel.ForEachAsync(parts, parallel, async (part, stop) =>
            {
                SyntheticFile file = await part.WriteAsync(Written, stop).ConfigureAwait(false);
                await sink.EmitAsync(file, stop).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        finally
        {
            Report(isCompleted: true);
        }

        sink.Milestone(string.Create(CultureInfo.InvariantCulture, $"{all:N0} rows written to {parts.Count} files in {Path.GetFullPath(options.Path)}"));

        void Written(long rows)
        {
            Interlocked.Add(ref done, rows);
            Report(isCompleted: false);
        }

        void Report(bool isCompleted)
        {
            long rows = Interlocked.Read(ref done);
            double rate = rows / Math.Max(Stopwatch.GetElapsedTime(start).TotalSeconds, 1e-3);
            sink.Report(new OperationProgress(Activity, string.Create(CultureInfo.InvariantCulture, $"{rows:N0} of {all:N0} rows, {rate:N0} rows/s"))
            {
                Percent = all == 0 ? null : 100.0 * rows / all,
                Remaining = rows == 0 ? null : TimeSpan.FromSeconds((all - rows) / rate),
                IsCompleted = isCompleted,
            });
        }
    }

    private async Task<IReadOnlyList<SyntheticPart>> PartsAsync(CancellationToken cancellationToken)
    {
        if (options.FileCount < 1)
            throw Invalid($"{options.FileCount} files for each table are too few", "Give -FileCount 1 or more.");
        List<TableDefinition> tables =
        [
            .. await DdlFiles.ReadAsync(options.DdlPath, "public", cancellationToken).ConfigureAwait(false),
            .. options.Definition,
            .. options.Workload == FeatureWorkload.Fraud ? FraudWorkload.Tables.Select(table => table.Definition()) : [],
        ];
        if (options.Table.Count > 0)
            tables.RemoveAll(table => !options.Table.Any(pattern => Wildcard.Matches(pattern, table.Name.Name) || Wildcard.Matches(pattern, table.Table)));
        if (tables.Count == 0)
            throw Invalid("No table was asked for", "Give definitions, DDL files or -Workload Fraud, and -Table names that occur among them.");
        SyntheticOptions rows = new()
        {
            Rows = options.Rows, Scale = options.Scale, Seed = options.Seed, NullShare = options.NullShare, Entity = options.Entity,
        };
        string folder = Path.GetFullPath(options.Path);
        return [.. tables.SelectMany(table => SyntheticPart.Of(SyntheticTable.Create(table, rows), folder, options.FileCount, options.Gzip))];
    }

    private void Refuse(IReadOnlyList<SyntheticPart> parts)
    {
        if (parts.GroupBy(part => part.Path, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw Invalid($"Two tables would be written to '{twice.Key}'", "Write them to different folders.");
        if (!options.Force && parts.FirstOrDefault(part => File.Exists(part.Path)) is { } existing)
        {
            throw new LakebaseError(ErrorIds.FileExists, LakebaseErrorKind.Exists, $"The file '{existing.Path}' exists. Nothing was written.")
            { Target = existing.Path, Remedy = "Give -Force to replace files, or another -Path." }.ToException();
        }

        try
        {
            Directory.CreateDirectory(options.Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw (ErrorTranslator.Translate(exception, options.Path) with { Id = ErrorIds.PathNotWritable, Kind = LakebaseErrorKind.Permission })
                .ToException();
        }
    }

    private static LakebaseException Invalid(string reason, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, reason + ".") { Remedy = remedy }.ToException();
}
