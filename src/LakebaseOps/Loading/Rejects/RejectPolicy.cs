using System.Globalization;

namespace LakebaseOps.Loading.Rejects;

/// <summary>How many rows may be refused before a load is: a number, or a share of all rows.</summary>
/// <param name="Most">Rows; null for a share.</param>
/// <param name="Share">Share of all rows, 0 to 1; null for a number.</param>
internal sealed record RejectPolicy(long? Most, double? Share)
{
    /// <summary>None may be.</summary>
    public static RejectPolicy Strict { get; } = new(0, null);

    /// <summary>True when rows may be refused at all.</summary>
    public bool IsTolerant => Most != 0;

    /// <summary>Reads "100" or "0.1%".</summary>
    /// <exception cref="LakebaseException">InvalidArgument.</exception>
    public static RejectPolicy Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return Strict;
        string plain = text.Trim();
        if (plain.EndsWith('%')
            && double.TryParse(plain[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent is >= 0 and <= 100)
            return percent == 0 ? Strict : new RejectPolicy(null, percent / 100);
        if (long.TryParse(plain, NumberStyles.None, CultureInfo.InvariantCulture, out long most))
            return new RejectPolicy(most, null);
        throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"'{text}' is no number of rows and no share of them.")
        { Target = "MaxErrors", Remedy = "Give -MaxErrors a number as 100, or a share as 0.1%." }.ToException();
    }

    /// <summary>True when so many refused rows are still allowed.</summary>
    /// <param name="rejected">Rows refused.</param>
    /// <param name="rows">Rows in all, refused ones included; while a load runs the most that they may become.</param>
    public bool Allows(long rejected, double rows) => Most is long most ? rejected <= most : rejected <= Share!.Value * rows;

    /// <inheritdoc />
    public override string ToString() => Most is long most
        ? most.ToString("N0", CultureInfo.InvariantCulture)
        : (Share!.Value * 100).ToString("0.######", CultureInfo.InvariantCulture) + " %";
}
