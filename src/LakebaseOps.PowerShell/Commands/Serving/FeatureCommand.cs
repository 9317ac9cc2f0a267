using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>Base of the cmdlets that read features: which tables, by which key, of which entities.</summary>
public abstract class FeatureCommand : SessionCommand
{
    private readonly List<string> _tables = [];
    private LakebaseSession? _session;

    /// <summary>Tables, wildcards allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Table { get; set; } = [];

    /// <summary>A known set of tables.</summary>
    [Parameter]
    public FeatureWorkload? Workload { get; set; }

    /// <summary>Column that holds the key.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyColumn { get; set; }

    /// <summary>Entities of a request.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Entity { get; set; } = [];

    /// <summary>Tables of all input, each once.</summary>
    private protected IReadOnlyList<string> Tables => [.. _tables.Distinct(StringComparer.Ordinal)];

    /// <summary>The session of the first input.</summary>
    private protected LakebaseSession FeatureSession => _session ??= OpenSession();

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        _ = FeatureSession;
        _tables.AddRange(Table);
    });
}
