using System.Collections;
using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>Parameters that say how CSV is laid out and which columns its fields are.</summary>
public abstract class CsvCommand : SessionCommand
{
    /// <summary>Columns in the order of the fields.</summary>
    [Parameter(ParameterSetName = "Manifest")]
    [Parameter(ParameterSetName = "InputObject")]
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    [ValidateNotNull]
    [AllowEmptyString]
    public string[]? Columns { get; set; }

    /// <summary>Column for a name in the header.</summary>
    [Parameter(ParameterSetName = "Manifest")]
    [Parameter(ParameterSetName = "InputObject")]
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    [ValidateNotNull]
    public Hashtable? ColumnMap { get; set; }

    /// <summary>What the first line of a file is.</summary>
    [Parameter(ParameterSetName = "Manifest")]
    [Parameter(ParameterSetName = "InputObject")]
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public CsvHeader? Header { get; set; }

    /// <summary>Between fields.</summary>
    [Parameter(ParameterSetName = "Manifest")]
    [Parameter(ParameterSetName = "InputObject")]
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public string Delimiter { get; set; } = ",";

    /// <summary>Quote character.</summary>
    [Parameter(ParameterSetName = "Manifest")]
    [Parameter(ParameterSetName = "InputObject")]
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public string Quote { get; set; } = "\"";

    /// <summary>Escapes a quote within quotes.</summary>
    [Parameter(ParameterSetName = "Manifest")]
    [Parameter(ParameterSetName = "InputObject")]
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public string? Escape { get; set; }

    /// <summary>Unquoted text that means NULL.</summary>
    [Parameter(ParameterSetName = "Manifest")]
    [Parameter(ParameterSetName = "InputObject")]
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    [AllowEmptyString]
    public string Null { get; set; } = "";

    /// <summary>Columns where a quoted null text is NULL too.</summary>
    [Parameter(ParameterSetName = "Manifest")]
    [Parameter(ParameterSetName = "InputObject")]
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string[]? ForceNull { get; set; }

    /// <summary>Columns where an unquoted null text is that text.</summary>
    [Parameter(ParameterSetName = "Manifest")]
    [Parameter(ParameterSetName = "InputObject")]
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string[]? ForceNotNull { get; set; }

    /// <summary>Encoding of the files.</summary>
    [Parameter(ParameterSetName = "Manifest")]
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public string Encoding { get; set; } = "utf8";

    /// <summary>The options of these parameters.</summary>
    private protected BulkLoadOptions CsvOptions() => new()
    {
        Columns = Columns,
        ColumnMap = ColumnMap?.Cast<DictionaryEntry>()
            .ToDictionary(entry => entry.Key.ToString() ?? "", entry => entry.Value?.ToString(), StringComparer.Ordinal),
        Header = Header,
        Delimiter = Delimiter,
        Quote = Quote,
        Escape = Escape,
        Null = Null,
        ForceNull = ForceNull,
        ForceNotNull = ForceNotNull,
        Encoding = Encoding,
    };
}
