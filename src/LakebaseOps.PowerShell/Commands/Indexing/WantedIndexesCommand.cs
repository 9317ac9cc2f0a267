using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>A command that is told which indexes are wanted: by definitions, or by the columns of one.</summary>
public abstract class WantedIndexesCommand : TablesCommand
{
    private readonly List<TableDefinition> _definitions = [];

    private protected WantedIndexesCommand()
    {
    }

    /// <summary>Tables as DDL describes them.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = "Table")]
    public TableDefinition[]? Definition { get; set; }

    /// <summary>Key columns of one wanted index.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Columns")]
    [ValidateNotNullOrEmpty]
    public string[]? Columns { get; set; }

    /// <summary>Columns carried besides the key.</summary>
    [Parameter(ParameterSetName = "Columns")]
    [ValidateNotNullOrEmpty]
    public string[]? Include { get; set; }

    /// <summary>Refuse duplicates.</summary>
    [Parameter(ParameterSetName = "Columns")]
    public SwitchParameter Unique { get; set; }

    /// <summary>Refuse writes meanwhile.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    private protected override void Gather(List<string> tables)
    {
        if (Definition is null)
            base.Gather(tables);
        else
            _definitions.AddRange(Definition);
    }

    /// <summary>The definitions gathered so far, once.</summary>
    private protected IReadOnlyList<TableDefinition> TakeDefinitions()
    {
        TableDefinition[] taken = [.. _definitions];
        _definitions.Clear();
        return taken;
    }
}
