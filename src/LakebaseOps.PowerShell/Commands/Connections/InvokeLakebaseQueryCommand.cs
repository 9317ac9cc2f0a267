using System.Collections;
using System.Management.Automation;
using LakebaseOps.Connections;

namespace LakebaseOps.Commands;

/// <summary>Invoke-LakebaseQuery: runs SQL and shows each row as an object.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "LakebaseQuery", SupportsShouldProcess = true)]
[OutputType(typeof(PSObject))]
public sealed class InvokeLakebaseQueryCommand : SessionCommand
{
    /// <summary>One or several SQL statements.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public string Query { get; set; } = "";

    /// <summary>Values of :name or @name in the query.</summary>
    [Parameter(Position = 1)]
    public Hashtable? Parameters { get; set; }

    /// <summary>Seconds one statement may take.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? CommandTimeoutSeconds { get; set; }

    /// <summary>Run in a read-only transaction.</summary>
    [Parameter]
    public SwitchParameter ReadOnly { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        // A plain read is not asked about; under -WhatIf the server itself then keeps it from writing.
        bool reads = ReadOnly || QueryText.IsPlainRead(Query);
        Run(
            new InvokeQueryOperation(OpenSession(), new QueryOptions
            {
                Query = Query,
                Parameters = Parameters?.Cast<DictionaryEntry>().ToDictionary(
                    entry => entry.Key.ToString()!, entry => Unwrapped(entry.Value)) ?? [],
                CommandTimeoutSeconds = CommandTimeoutSeconds,
                ReadOnly = ReadOnly || (reads && IsWhatIf),
            }),
            asks: !reads);
    });

    /// <inheritdoc />
    private protected override object Present(object result)
    {
        if (result is not QueryRow row)
            return result;
        PSObject shown = new();
        for (int at = 0; at < row.Columns.Count; at++)
            shown.Properties.Add(new PSNoteProperty(row.Columns[at], row.Values[at]));
        return shown;
    }

    private static object? Unwrapped(object? value) => value switch
    {
        PSObject wrapped => Unwrapped(wrapped.BaseObject),
        object?[] items => items.Select(Unwrapped).ToArray(),
        _ => value,
    };
}
