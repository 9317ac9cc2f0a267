using LakebaseOps.Completion;

namespace LakebaseOps.PowerShell.Tests.Completion;

public sealed class CompletionsTests
{
    [Theory]
    [InlineData("orders", "orders")]
    [InlineData("odd name", "'odd name'")]
    [InlineData("it's", "'it''s'")]
    [InlineData("x\u2019; throw 'ran' #", "'x\u2019\u2019; throw ''ran'' #'")]
    [InlineData("\u2018\u201A\u201B\u201C", "'\u2018\u2018\u201A\u201A\u201B\u201B\u201C'")]
    [InlineData("-f", "'-f'")]
    public void A_name_is_completed_to_a_text_that_means_it(string name, string written) => Assert.Equal(written, Completions.Written(name));
}
