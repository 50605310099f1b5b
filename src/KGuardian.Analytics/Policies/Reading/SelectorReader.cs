using KGuardian.Analytics.Policies.Documents;
using KGuardian.Analytics.Policies.Model;

namespace KGuardian.Analytics.Policies.Reading;

/// <summary>Reads a label selector.</summary>
internal static class SelectorReader
{
    /// <summary>Reads it: <c>matchLabels</c> and <c>matchExpressions</c> add up.</summary>
    /// <exception cref="PolicyDocumentException">It is none.</exception>
    public static LabelSelector Read(DocumentField selector)
    {
        selector.OnlyWith("matchLabels", "matchExpressions");
        return new LabelSelector(
        [
            .. (selector.Find("matchLabels")?.Entries() ?? []).Select(label =>
                new LabelRequirement(LabelText.CheckedKey(label.Key, label.Value), LabelOperator.In, [LabelText.CheckedValue(label.Value)])),
            .. (selector.Find("matchExpressions")?.Items() ?? []).Select(ReadExpression),
        ]);
    }

    private static LabelRequirement ReadExpression(DocumentField expression)
    {
        expression.OnlyWith("key", "operator", "values");
        var key = expression.Find("key") ?? throw expression.Wrong("key is missing");
        var given = expression.Find("operator") ?? throw expression.Wrong("operator is missing");
        if (given.Text() is not (nameof(LabelOperator.In) or nameof(LabelOperator.NotIn) or nameof(LabelOperator.Exists) or nameof(LabelOperator.DoesNotExist)))
        {
            throw given.Wrong($"'{DocumentField.Shown(given.Text())}' is no operator; {string.Join(", ", Enum.GetNames<LabelOperator>())} are");
        }

        var comparison = Enum.Parse<LabelOperator>(given.Text());
        var values = expression.Find("values")?.Items() ?? [];
        var wantsValues = comparison is LabelOperator.In or LabelOperator.NotIn;
        if (wantsValues != values.Count > 0)
        {
            throw expression.Wrong(wantsValues ? $"{comparison} needs values" : $"{comparison} takes no values");
        }

        return new LabelRequirement(LabelText.CheckedKey(key.Text(), key), comparison, [.. values.Select(LabelText.CheckedValue)]);
    }
}
