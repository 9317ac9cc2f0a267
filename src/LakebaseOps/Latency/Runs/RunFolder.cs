using System.Globalization;
using System.Text;
using System.Text.Json;
using LakebaseOps.Latency.Auditing;
using LakebaseOps.Latency.Histograms;
using LakebaseOps.Operations;
using LakebaseOps.Workflows;

namespace LakebaseOps.Latency.Runs;

/// <summary>
/// The folder of a measurement: run.json with what was asked for, where, and the results; latency.hlog with the histogram
/// of every second of every cell; components.csv with the parts of the requests kept as samples. Cells are written as they
/// end, so a run that breaks off keeps what it measured.
/// </summary>
internal sealed class RunFolder
{
    /// <summary>The interval log.</summary>
    public const string LogName = "latency.hlog";

    /// <summary>The samples with their parts.</summary>
    public const string ComponentsName = "components.csv";

    private readonly string _path;
    private RunRecord _run;

    private RunFolder(string path, RunRecord run)
    {
        _path = path;
        _run = run;
    }

    /// <summary>Begins a run.</summary>
    /// <exception cref="LakebaseException">FileExists: the folder holds a run; PathNotWritable.</exception>
    public static async Task<RunFolder> CreateAsync(MeasureFeatureLatencyOptions options, ServerEnvironment server, CancellationToken cancellationToken)
    {
        string path = Path.GetFullPath(options.OutputPath!);
        DemandFree(path, options.Force);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        RunFolder folder = new(path, new RunRecord
        {
            Id = Guid.NewGuid().ToString("N"),
            Name = "Measure-LakebaseFeatureLatency",
            ToolVersion = ClientFacts.ToolVersion,
            StartedAt = now,
            Status = "Running",
            Client = ClientFacts.Read(),
            Server = server,
            Configuration = JsonSerializer.SerializeToElement(options, RunFile.Json).EnumerateObject()
                .Where(option => option.Value.ValueKind != JsonValueKind.Null)
                .ToDictionary(option => option.Name, option => option.Value.GetRawText().ReplaceLineEndings("")),
        });
        await folder.WriteAsync(cancellationToken).ConfigureAwait(false);
        StringWriter head = new();
        HistogramLog.WriteHead(head, $"LakebaseOps {ClientFacts.ToolVersion}", now);
        await folder.WriteAsync(LogName, head, append: false, cancellationToken).ConfigureAwait(false);
        StringWriter columns = new();
        columns.Write($"cell,request,at_seconds,total_us,{string.Join(",", Enum.GetNames<RequestPart>().Select(part => $"{part}_us"))}\n");
        await folder.WriteAsync(ComponentsName, columns, append: false, cancellationToken).ConfigureAwait(false);
        return folder;
    }

    /// <summary>Refuses a folder that holds a run, before anything is measured.</summary>
    public static void DemandFree(string path, bool force)
    {
        string file = Path.Combine(Path.GetFullPath(path), RunFile.Name);
        if (!force && File.Exists(file))
        {
            throw new LakebaseError(ErrorIds.FileExists, LakebaseErrorKind.Exists, $"'{file}' exists already.")
            { Target = file, Remedy = "Use -Force to replace the run, or another -OutputPath." }.ToException();
        }
    }

    /// <summary>Writes a cell that ended.</summary>
    public async Task AddAsync(Measured measured, CancellationToken cancellationToken)
    {
        StringWriter log = new();
        StringWriter components = new();
        LatencyResult result = measured.Result;
        foreach (HistogramLine line in measured.Cell.Series.SelectMany(series => series.Lines(result.Tag, result.StartedAt)))
            HistogramLog.Write(log, line);
        foreach (LatencySample sample in measured.Cell.Samples.InOrder())
            Write(components, result.Tag, measured.Cell.SecondsOf(sample), sample);
        await WriteAsync(LogName, log, append: true, cancellationToken).ConfigureAwait(false);
        await WriteAsync(ComponentsName, components, append: true, cancellationToken).ConfigureAwait(false);
        _run = _run with { Latencies = [.. _run.Latencies, result], FinishedAt = DateTimeOffset.UtcNow };
        await WriteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the run and returns the path of its run.json.</summary>
    /// <param name="changes">What changed of the endpoint meanwhile; anything makes the run and all its cells invalid.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<string> FinishAsync(IReadOnlyList<string> changes, CancellationToken cancellationToken)
    {
        _run = _run with
        {
            Status = changes.Count == 0 ? "Passed" : "Invalid",
            EndpointChanges = changes,
            Latencies = changes.Count == 0 ? _run.Latencies : [.. _run.Latencies.Select(cell => EndpointWatch.Mark(cell, changes))],
            FinishedAt = DateTimeOffset.UtcNow,
        };
        await WriteAsync(cancellationToken).ConfigureAwait(false);
        return Path.Combine(_path, RunFile.Name);
    }

    private static void Write(StringWriter components, string tag, double at, LatencySample sample)
    {
        components.Write(string.Create(CultureInfo.InvariantCulture, $"{tag},{sample.Number},{at:F6},{sample.TotalUs:F3}"));
        for (int part = 0; part < RequestClock.Parts; part++)
            components.Write(string.Create(CultureInfo.InvariantCulture, $",{sample.PartUs(part):F3}"));
        components.Write('\n');
    }

    private Task WriteAsync(CancellationToken cancellationToken) =>
        RunFile.WriteAsync(Path.Combine(_path, RunFile.Name), _run, cancellationToken);

    private async Task WriteAsync(string name, StringWriter text, bool append, CancellationToken cancellationToken)
    {
        string file = Path.Combine(_path, name);
        try
        {
            StreamWriter writer = new(file, append, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            await using (writer.ConfigureAwait(false))
                await writer.WriteAsync(text.GetStringBuilder(), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw (ErrorTranslator.Translate(exception, file) with
            {
                Id = ErrorIds.PathNotWritable,
                Kind = LakebaseErrorKind.Permission,
            }).ToException();
        }
    }
}
