using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>
/// Base of cmdlets that take tables from the pipeline and work on all of one session at once: they are gathered until the
/// session changes or the input ends.
/// </summary>
public abstract class TablesCommand : SessionCommand
{
    private readonly List<string> _tables = [];
    private LakebaseSession? _open;
    private object? _openFor;

    /// <summary>The tables.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(Completion.TableCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Table { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (_open is null || !Equals(_openFor, Session?.Value))
        {
            Flush();
            _open = OpenSession();
            _openFor = Session?.Value;
        }

        Gather(_tables);
    }

    /// <inheritdoc />
    protected override void EndProcessing() => Flush();

    /// <summary>Adds this record's tables.</summary>
    private protected virtual void Gather(List<string> tables) => tables.AddRange(Table ?? []);

    /// <summary>Works on the tables gathered.</summary>
    private protected abstract void Work(LakebaseSession session, IReadOnlyList<string> tables);

    private void Flush()
    {
        if (_open is null)
            return;
        // One table may come down the pipeline many times, e.g. once for each of its indexes.
        string[] tables = [.. _tables.Distinct(StringComparer.Ordinal)];
        _tables.Clear();
        Work(_open, tables);
    }
}
