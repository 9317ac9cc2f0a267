using System.Management.Automation;
using LakebaseOps.Latency;
using LakebaseOps.Reports;

namespace LakebaseOps.Commands;

/// <summary>Compare-LakebaseLatency: one verdict for each cell of two measurements.</summary>
[Cmdlet(VerbsData.Compare, "LakebaseLatency", DefaultParameterSetName = "Path")]
[OutputType(typeof(LatencyComparison))]
public sealed class CompareLakebaseLatencyCommand : LakebaseCommand
{
    private readonly List<object> _results = [];

    /// <summary>The run to judge.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The run to judge, from the pipeline.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "InputObject")]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>The baseline's file or folder.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? BaselinePath { get; set; }

    /// <summary>The baseline: a run, or results of a measurement.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public PSObject[]? Baseline { get; set; }

    /// <summary>The mode of the same run that is the baseline.</summary>
    [Parameter]
    public FeatureMode? BaselineMode { get; set; }

    /// <summary>The backend of the same run that is the baseline.</summary>
    [Parameter]
    public FeatureBackend? BaselineBackend { get; set; }

    /// <summary>Percentiles to compare.</summary>
    [Parameter]
    [ValidateRange(0.001, 99.999)]
    public double[] Percentile { get; set; } = [50, 99];

    /// <summary>Relative difference that does not matter.</summary>
    [Parameter]
    [ValidateRange(0.0001, 0.9999)]
    public double Margin { get; set; } = 0.03;

    /// <summary>Fail when a cell is slower.</summary>
    [Parameter]
    public SwitchParameter FailOnRegression { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() => _results.AddRange(Read(InputObject)));

    /// <inheritdoc />
    protected override void EndProcessing() => Guard(() =>
    {
        bool piped = ParameterSetName == "InputObject";
        if (piped && _results.Count == 0)
            return;
        Run(new CompareLatencyOperation(new CompareLatencyOptions
        {
            Path = piped ? null : GetUnresolvedProviderPathFromPSPath(Path),
            InputObject = piped ? RunInput.Assemble(_results) : null,
            BaselinePath = BaselinePath is null ? null : GetUnresolvedProviderPathFromPSPath(BaselinePath),
            Baseline = Baseline is null ? null : RunInput.Assemble(Read(Baseline)),
            BaselineMode = BaselineMode,
            BaselineBackend = BaselineBackend,
            Percentile = Percentile,
            Margin = Margin,
            FailOnRegression = FailOnRegression,
        }));
    });

    private List<object> Read(PSObject[] items) => [.. items.Select(item => item.BaseObject)
        .Select(item => RunInput.PathOf(this, item) is string file ? Await<object>(async stop => await ReportReader.ReadAsync(file, stop)) : item)];
}
